//! What is known about a visitor, as options or as a line of a file.

use clap::Args;
use kameleoon::{
    ApplicationVersion, Browser, BrowserType, Conversion, Cookie, CustomData, Data, DataFileView, Device,
    DeviceType, Geolocation, OperatingSystem, OperatingSystemType, PageView, Value,
};

use super::failure::Failure;
use super::nearest::{likely_slips, nearest};

/// What is known about a visitor.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What is known about the visitor")]
pub(super) struct Known {
    /// Custom data by name or index, with one value or several. May be repeated
    #[arg(long = "data", value_name = "NAME=VALUE[,VALUE]...")]
    data: Vec<String>,
    /// CHROME, FIREFOX, SAFARI, OPERA, INTERNET_EXPLORER or OTHER, as in `FIREFOX/102`
    #[arg(long, value_name = "NAME[/VERSION]")]
    browser: Option<String>,
    /// PHONE, TABLET or DESKTOP
    #[arg(long, value_name = "TYPE")]
    device: Option<String>,
    /// WINDOWS, MAC, IOS, LINUX, ANDROID or WINDOWS_PHONE
    #[arg(long, value_name = "NAME")]
    os: Option<String>,
    /// The place, as in `France/Brittany/Rennes`
    #[arg(long, value_name = "COUNTRY[/REGION[/CITY]]")]
    place: Option<String>,
    /// A page that was viewed, the latest last. May be repeated
    #[arg(long, value_name = "URL[ TITLE]")]
    page: Vec<String>,
    /// A cookie of the browser. May be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    cookie: Vec<String>,
    /// The version of the application, as in `2.10.1`
    #[arg(long, value_name = "VERSION")]
    app_version: Option<String>,
    /// The id of a goal that was converted. May be repeated
    #[arg(long, value_name = "GOAL_ID")]
    goal: Vec<i64>,
    /// Custom data of a line, whose values may hold commas.
    #[arg(skip)]
    custom: Vec<(String, Vec<String>)>,
}

impl Known {
    /// As data for the client.
    pub(super) fn data(&self) -> Result<Vec<Data>, Failure> {
        let mut list: Vec<Data> = Vec::new();
        for pair in &self.data {
            let (name, values) = split(pair, "--data", "NAME=VALUE")?;
            list.push(custom_data(name, values.split(',')).into());
        }
        for (name, values) in &self.custom {
            list.push(custom_data(name, values.iter().map(String::as_str)).into());
        }
        if let Some(text) = &self.browser {
            list.push(browser(text)?.into());
        }
        if let Some(name) = &self.device {
            list.push(Device::new(device(name)?).into());
        }
        if let Some(name) = &self.os {
            list.push(OperatingSystem::new(operating_system(name)?).into());
        }
        if let Some(text) = &self.place {
            let mut parts = text.split('/').map(str::trim);
            let mut place = Geolocation::new(parts.next().unwrap_or_default());
            if let Some(region) = parts.next() {
                place = place.with_region(region);
            }
            if let Some(city) = parts.next() {
                place = place.with_city(city);
            }
            list.push(place.into());
        }
        for text in &self.page {
            let page = match text.split_once(' ') {
                Some((url, title)) => PageView::new(url).with_title(title),
                None => PageView::new(text),
            };
            list.push(page.into());
        }
        if !self.cookie.is_empty() {
            let pairs = self.cookie.iter().map(|pair| split(pair, "--cookie", "NAME=VALUE"));
            list.push(Cookie::new(pairs.collect::<Result<Vec<_>, _>>()?).into());
        }
        if let Some(version) = &self.app_version {
            list.push(ApplicationVersion::new(version).into());
        }
        list.extend(self.goal.iter().map(|goal| Data::from(Conversion::new(*goal))));
        Ok(list)
    }

    /// What the line of a visitor says: an object with the names of the options as fields.
    pub(super) fn from_object(object: &serde_json::Map<String, Value>) -> Result<Self, Failure> {
        let mut known = Self::default();
        for (field, value) in object {
            let texts = || texts(field, value);
            let one = || {
                let mut texts = texts()?;
                match texts.len() {
                    1 => Ok(texts.remove(0)),
                    _ => Err(Failure::new(format!("`{field}` takes one value"))),
                }
            };
            match field.as_str() {
                "visitor" => {}
                "data" => {
                    let data = value.as_object();
                    let data =
                        data.ok_or_else(|| Failure::new("`data` has to be an object: name to values"))?;
                    for (name, values) in data {
                        known.custom.push((name.clone(), self::texts(name, values)?));
                    }
                }
                "browser" => known.browser = Some(one()?),
                "device" => known.device = Some(one()?),
                "os" => known.os = Some(one()?),
                "place" => known.place = Some(one()?),
                "page" => known.page = texts()?,
                "cookie" => known.cookie = texts()?,
                "app_version" => known.app_version = Some(one()?),
                "goal" => {
                    let number = |text: String| {
                        text.parse().map_err(|_| Failure::new(format!("`goal`: `{text}` is no goal id")))
                    };
                    known.goal = texts()?.into_iter().map(number).collect::<Result<_, _>>()?;
                }
                other => {
                    return Err(Failure::new(format!(
                        "`{other}` is not known; there are visitor, data, browser, device, os, place, page, \
                         cookie, app_version and goal"
                    )));
                }
            }
        }
        Ok(known)
    }
}

/// Refuses custom data by a name that none of the data files has.
pub(super) fn check_names<'d>(
    data: impl Iterator<Item = &'d Data>,
    files: &[&DataFileView],
) -> Result<(), Failure> {
    let known: Vec<&str> =
        files.iter().flat_map(|file| file.custom_data()).filter_map(|one| one.name()).collect();
    let names = data.filter_map(|item| match item {
        Data::CustomData(custom) => custom.name(),
        _ => None,
    });
    for name in names {
        if !known.contains(&name) {
            let hint = match nearest(name, known.iter().copied(), likely_slips(name)) {
                Some(near) => format!("is `{near}` meant?"),
                None if known.is_empty() => "it has none; an index always works, as in 2=gold".to_owned(),
                None => format!("it has {}", known.join(", ")),
            };
            return Err(Failure::new(format!("no custom data `{name}` in the data file; {hint}")));
        }
    }
    Ok(())
}

/// The value as one text or several.
fn texts(field: &str, value: &Value) -> Result<Vec<String>, Failure> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Bool(value) => Ok(vec![value.to_string()]),
        Value::Number(number) => Ok(vec![number.to_string()]),
        Value::Array(items) => {
            let lists = items.iter().map(|item| texts(field, item));
            Ok(lists.collect::<Result<Vec<_>, _>>()?.concat())
        }
        _ => Err(Failure::new(format!("`{field}` has to be a text or a list of texts"))),
    }
}

fn split<'t>(pair: &'t str, option: &str, form: &str) -> Result<(&'t str, &'t str), Failure> {
    let split = pair.split_once('=').filter(|(name, _)| !name.is_empty());
    split.ok_or_else(|| Failure::new(format!("{option} takes {form}, not `{pair}`")))
}

fn custom_data<'t>(name: &str, values: impl Iterator<Item = &'t str>) -> CustomData {
    let values: Vec<&str> = values.collect();
    match name.parse() {
        Ok(index) => CustomData::new(index, values),
        Err(_) => CustomData::named(name, values),
    }
}

fn browser(text: &str) -> Result<Browser, Failure> {
    let (name, version) = match text.split_once('/') {
        Some((name, version)) => (name, Some(version)),
        None => (text, None),
    };
    let browser = Browser::new(match name.to_ascii_uppercase().as_str() {
        "CHROME" => BrowserType::Chrome,
        "INTERNET_EXPLORER" | "IE" => BrowserType::InternetExplorer,
        "FIREFOX" => BrowserType::Firefox,
        "SAFARI" => BrowserType::Safari,
        "OPERA" => BrowserType::Opera,
        "OTHER" => BrowserType::Other,
        _ => return Err(Failure::new(format!("the browser `{name}` is not known; the help lists them"))),
    });
    match version {
        None => Ok(browser),
        Some(version) => match version.parse() {
            Ok(number) => Ok(browser.with_version(number)),
            Err(_) => Err(Failure::new(format!("the version of a browser is a number, not `{version}`"))),
        },
    }
}

fn device(name: &str) -> Result<DeviceType, Failure> {
    match name.to_ascii_uppercase().as_str() {
        "PHONE" => Ok(DeviceType::Phone),
        "TABLET" => Ok(DeviceType::Tablet),
        "DESKTOP" => Ok(DeviceType::Desktop),
        _ => Err(Failure::new(format!("a device is PHONE, TABLET or DESKTOP, not `{name}`"))),
    }
}

fn operating_system(name: &str) -> Result<OperatingSystemType, Failure> {
    match name.to_ascii_uppercase().as_str() {
        "WINDOWS" => Ok(OperatingSystemType::Windows),
        "MAC" => Ok(OperatingSystemType::Mac),
        "IOS" => Ok(OperatingSystemType::Ios),
        "LINUX" => Ok(OperatingSystemType::Linux),
        "ANDROID" => Ok(OperatingSystemType::Android),
        "WINDOWS_PHONE" => Ok(OperatingSystemType::WindowsPhone),
        _ => Err(Failure::new(format!("the operating system `{name}` is not known; the help lists them"))),
    }
}
