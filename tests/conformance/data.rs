//! Data about visitors, as scenarios write them.

use kameleoon::{
    ApplicationVersion, Browser, BrowserType, Conversion, Cookie, CustomData, Data, Device, DeviceType,
    Geolocation, OperatingSystem, OperatingSystemType, PageView, UniqueIdentifier, UserAgent,
};
use serde_json::Value;

use crate::argument::{Arguments, Malformed};

/// A piece of data that a scenario hands in.
pub(crate) fn read(value: &Value) -> Result<Data, Malformed> {
    let fields = Arguments::of(value)?;
    Ok(match fields.text("type")? {
        "CustomData" => custom_data(fields)?.into(),
        "Browser" => browser(fields)?.into(),
        "Device" => Device::new(device_type(fields.text("device")?)?).into(),
        "OperatingSystem" => OperatingSystem::new(os_type(fields.text("os")?)?).into(),
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

fn custom_data(fields: Arguments<'_>) -> Result<CustomData, Malformed> {
    let values = fields.texts("values")?;
    let data = match fields.optional_text("name")? {
        Some(name) => CustomData::named(name, values),
        None => CustomData::new(index(fields.integer("index")?)?, values),
    };
    Ok(match fields.flag("overwrite")? {
        Some(overwrite) => data.overwrite(overwrite),
        None => data,
    })
}

/// The index of a custom data.
pub(crate) fn index(number: i64) -> Result<u32, Malformed> {
    u32::try_from(number).map_err(|_| format!("{number} is no index"))
}

fn browser(fields: Arguments<'_>) -> Result<Browser, Malformed> {
    let browser = Browser::new(match fields.text("browser")? {
        "CHROME" => BrowserType::Chrome,
        "INTERNET_EXPLORER" => BrowserType::InternetExplorer,
        "FIREFOX" => BrowserType::Firefox,
        "SAFARI" => BrowserType::Safari,
        "OPERA" => BrowserType::Opera,
        "OTHER" => BrowserType::Other,
        other => return Err(format!("there is no browser `{other}`")),
    });
    Ok(match fields.number("version")? {
        Some(version) => browser.version(version),
        None => browser,
    })
}

fn device_type(name: &str) -> Result<DeviceType, Malformed> {
    Ok(match name {
        "PHONE" => DeviceType::Phone,
        "TABLET" => DeviceType::Tablet,
        "DESKTOP" => DeviceType::Desktop,
        other => return Err(format!("there is no device `{other}`")),
    })
}

fn os_type(name: &str) -> Result<OperatingSystemType, Malformed> {
    Ok(match name {
        "WINDOWS" => OperatingSystemType::Windows,
        "MAC" => OperatingSystemType::Mac,
        "IOS" => OperatingSystemType::Ios,
        "LINUX" => OperatingSystemType::Linux,
        "ANDROID" => OperatingSystemType::Android,
        "WINDOWS_PHONE" => OperatingSystemType::WindowsPhone,
        other => return Err(format!("there is no system `{other}`")),
    })
}

fn page_view(fields: Arguments<'_>) -> Result<PageView, Malformed> {
    let mut view = PageView::new(fields.text("url")?);
    if let Some(title) = fields.optional_text("title")? {
        view = view.title(title);
    }
    if let Some(referrers) = fields.optional_list("referrers")? {
        let index = |value: &Value| value.as_i64().ok_or_else(|| format!("{value} is no index"));
        view = view.referrers(referrers.iter().map(index).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(view)
}

/// A conversion; the arguments of `track_conversion` have the same names.
pub(crate) fn conversion(fields: Arguments<'_>) -> Result<Conversion, Malformed> {
    let mut conversion = Conversion::new(fields.integer("goal_id")?);
    if let Some(revenue) = fields.number("revenue")? {
        conversion = conversion.revenue(revenue);
    }
    if let Some(negative) = fields.flag("negative")? {
        conversion = conversion.negative(negative);
    }
    if let Some(items) = fields.optional_list("metadata")? {
        let item = |value| custom_data(Arguments::of(value)?);
        conversion = conversion.metadata(items.iter().map(item).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(conversion)
}

fn geolocation(fields: Arguments<'_>) -> Result<Geolocation, Malformed> {
    let mut place = Geolocation::new(fields.text("country")?);
    if let Some(region) = fields.optional_text("region")? {
        place = place.region(region);
    }
    if let Some(city) = fields.optional_text("city")? {
        place = place.city(city);
    }
    if let Some(postal_code) = fields.optional_text("postal_code")? {
        place = place.postal_code(postal_code);
    }
    if let Some(latitude) = fields.number("latitude")? {
        place = place.latitude(latitude);
    }
    if let Some(longitude) = fields.number("longitude")? {
        place = place.longitude(longitude);
    }
    Ok(place)
}
