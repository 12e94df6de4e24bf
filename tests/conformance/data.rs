//! Data about visitors, as scenarios write them.

use kameleoon::{
    ApplicationVersion, Browser, BrowserType, Conversion, Cookie, CustomData, Data, Device, DeviceType,
    Geolocation, OperatingSystem, OperatingSystemType, PageView, UniqueIdentifier, UserAgent,
};
use serde_json::{Value, json};

use crate::argument::{Arguments, Malformed};

const BROWSERS: [(&str, BrowserType); 6] = [
    ("CHROME", BrowserType::Chrome),
    ("INTERNET_EXPLORER", BrowserType::InternetExplorer),
    ("FIREFOX", BrowserType::Firefox),
    ("SAFARI", BrowserType::Safari),
    ("OPERA", BrowserType::Opera),
    ("OTHER", BrowserType::Other),
];

const DEVICES: [(&str, DeviceType); 3] =
    [("PHONE", DeviceType::Phone), ("TABLET", DeviceType::Tablet), ("DESKTOP", DeviceType::Desktop)];

const SYSTEMS: [(&str, OperatingSystemType); 6] = [
    ("WINDOWS", OperatingSystemType::Windows),
    ("MAC", OperatingSystemType::Mac),
    ("IOS", OperatingSystemType::Ios),
    ("LINUX", OperatingSystemType::Linux),
    ("ANDROID", OperatingSystemType::Android),
    ("WINDOWS_PHONE", OperatingSystemType::WindowsPhone),
];

/// What a table calls so.
fn called<T: Copy>(table: &[(&str, T)], name: &str) -> Result<T, Malformed> {
    let found = table.iter().find(|(known, _)| *known == name);
    found.map(|(_, item)| *item).ok_or_else(|| format!("nothing is called `{name}`"))
}

/// What something is called in a table.
fn name_of<T: PartialEq>(table: &[(&'static str, T)], item: &T) -> Option<&'static str> {
    table.iter().find(|(_, known)| known == item).map(|(name, _)| *name)
}

/// A piece of data that a scenario hands in.
pub(crate) fn read(value: &Value) -> Result<Data, Malformed> {
    let fields = Arguments::of(value)?;
    Ok(match fields.text("type")? {
        "CustomData" => custom_data(fields)?.into(),
        "Browser" => browser(fields)?.into(),
        "Device" => Device::new(called(&DEVICES, fields.text("device")?)?).into(),
        "OperatingSystem" => OperatingSystem::new(called(&SYSTEMS, fields.text("os")?)?).into(),
        "PageView" => page_view(fields)?.into(),
        "Conversion" => conversion(fields)?.into(),
        "Geolocation" => geolocation(fields)?.into(),
        "Cookie" => Cookie::new(fields.pairs("cookies")?).into(),
        "UserAgent" => UserAgent::new(fields.text("value")?).into(),
        "UniqueIdentifier" => {
            UniqueIdentifier::new(fields.flag("value")?.ok_or("`value` is missing")?).into()
        }
        "ApplicationVersion" => ApplicationVersion::new(fields.text("version")?).into(),
        other => return Err(format!("there is no data type `{other}`")),
    })
}

/// A piece of data that the platform told, as scenarios write it.
pub(crate) fn write(data: &Data) -> Result<Value, Malformed> {
    Ok(match data {
        Data::CustomData(item) => write_custom_data(item),
        Data::Browser(item) => json!({
            "type": "Browser",
            "browser": name_of(&BROWSERS, &item.browser_type()),
            "version": item.version(),
        }),
        Data::Device(item) => {
            json!({"type": "Device", "device": name_of(&DEVICES, &item.device_type())})
        }
        Data::OperatingSystem(item) => {
            json!({"type": "OperatingSystem", "os": name_of(&SYSTEMS, &item.os_type())})
        }
        Data::PageView(item) => {
            json!({"type": "PageView", "url": item.url(), "title": item.title()})
        }
        Data::Conversion(item) => json!({
            "type": "Conversion",
            "goal_id": item.goal_id(),
            "revenue": item.revenue(),
            "negative": item.is_negative(),
        }),
        Data::Geolocation(item) => json!({
            "type": "Geolocation",
            "country": item.country(),
            "region": item.region(),
            "city": item.city(),
        }),
        other => return Err(format!("the platform tells nothing like {other:?}")),
    })
}

/// A custom data that the platform told, as scenarios write it.
pub(crate) fn write_custom_data(item: &CustomData) -> Value {
    json!({"type": "CustomData", "index": item.index(), "values": item.values().collect::<Vec<_>>()})
}

fn custom_data(fields: Arguments<'_>) -> Result<CustomData, Malformed> {
    let values = fields.texts("values")?;
    let data = match fields.optional_text("name")? {
        Some(name) => CustomData::named(name, values),
        None => CustomData::new(index(fields.integer("index")?)?, values),
    };
    Ok(match fields.flag("overwrite")? {
        Some(overwrite) => data.with_overwrite(overwrite),
        None => data,
    })
}

/// The index of a custom data.
pub(crate) fn index(number: i64) -> Result<u32, Malformed> {
    u32::try_from(number).map_err(|_| format!("{number} is no index"))
}

fn browser(fields: Arguments<'_>) -> Result<Browser, Malformed> {
    let browser = Browser::new(called(&BROWSERS, fields.text("browser")?)?);
    Ok(match fields.number("version")? {
        Some(version) => browser.with_version(version),
        None => browser,
    })
}

fn page_view(fields: Arguments<'_>) -> Result<PageView, Malformed> {
    let mut view = PageView::new(fields.text("url")?);
    if let Some(title) = fields.optional_text("title")? {
        view = view.with_title(title);
    }
    if let Some(referrers) = fields.optional_list("referrers")? {
        let index = |value: &Value| value.as_i64().ok_or_else(|| format!("{value} is no index"));
        view = view.with_referrers(referrers.iter().map(index).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(view)
}

/// A conversion; the arguments of `track_conversion` have the same names.
pub(crate) fn conversion(fields: Arguments<'_>) -> Result<Conversion, Malformed> {
    let mut conversion = Conversion::new(fields.integer("goal_id")?);
    if let Some(revenue) = fields.number("revenue")? {
        conversion = conversion.with_revenue(revenue);
    }
    if let Some(negative) = fields.flag("negative")? {
        conversion = conversion.with_negative(negative);
    }
    if let Some(items) = fields.optional_list("metadata")? {
        let item = |value| custom_data(Arguments::of(value)?);
        conversion = conversion.with_metadata(items.iter().map(item).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(conversion)
}

fn geolocation(fields: Arguments<'_>) -> Result<Geolocation, Malformed> {
    let mut place = Geolocation::new(fields.text("country")?);
    if let Some(region) = fields.optional_text("region")? {
        place = place.with_region(region);
    }
    if let Some(city) = fields.optional_text("city")? {
        place = place.with_city(city);
    }
    if let Some(postal_code) = fields.optional_text("postal_code")? {
        place = place.with_postal_code(postal_code);
    }
    if let Some(latitude) = fields.number("latitude")? {
        place = place.with_latitude(latitude);
    }
    if let Some(longitude) = fields.number("longitude")? {
        place = place.with_longitude(longitude);
    }
    Ok(place)
}
