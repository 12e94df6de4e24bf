//! The shapes in which a context gives the data of its visitor.

use open_feature::{StructValue, Value};

use super::field::{number, text, whole};
use crate::data::{
    ApplicationVersion, Browser, BrowserType, Conversion, Cookie, CustomData, Data, Device, DeviceType,
    Geolocation, OperatingSystem, OperatingSystemType, PageView, UserAgent,
};

/// A field of the context that holds data.
pub(super) struct Shape {
    pub(super) field: &'static str,
    /// What the field has to be, for the message about one that is not.
    pub(super) form: &'static str,
    pub(super) read: fn(&Value) -> Option<Vec<Data>>,
}

/// All of them, in the order in which the data are added.
pub(super) const SHAPES: [Shape; 9] = [
    Shape {
        field: "customData",
        form: "a map of names (or indices) to values, a structure `{name or index, values}`, or a list of such",
        read: custom_data,
    },
    Shape { field: "browser", form: "a name such as `CHROME`, or `{type, version}`", read: browser },
    Shape { field: "device", form: "`PHONE`, `TABLET` or `DESKTOP`", read: device },
    Shape {
        field: "operatingSystem",
        form: "`WINDOWS`, `MAC`, `IOS`, `LINUX`, `ANDROID` or `WINDOWS_PHONE`",
        read: operating_system,
    },
    Shape {
        field: "geolocation",
        form: "a country, or `{country, region, city, postalCode, latitude, longitude}`",
        read: geolocation,
    },
    Shape { field: "userAgent", form: "a text", read: user_agent },
    Shape { field: "applicationVersion", form: "a text such as `1.4.2`", read: application_version },
    Shape { field: "cookies", form: "a map of names to texts", read: cookies },
    Shape {
        field: "page",
        form: "a URL, `{url, title, referrers}`, or a list of such",
        read: |value| each(value, page),
    },
];

/// Beside the others: a conversion is something that happened, not something known.
pub(super) const CONVERSION: Shape = Shape {
    field: "conversion",
    form: "`{goalId, revenue}`, or a list of such",
    read: |value| each(value, conversion),
};

fn each(value: &Value, read: fn(&Value) -> Option<Data>) -> Option<Vec<Data>> {
    match value {
        Value::Array(list) => list.iter().map(read).collect(),
        value => read(value).map(|data| vec![data]),
    }
}

fn custom_data(value: &Value) -> Option<Vec<Data>> {
    match value {
        Value::Array(list) => {
            let items: Option<Vec<Vec<Data>>> = list.iter().map(custom_data).collect();
            items.map(|items| items.into_iter().flatten().collect())
        }
        Value::Struct(structure)
            if ["index", "name", "values", "value"].iter().any(|key| has(structure, key)) =>
        {
            one_custom_data(structure).map(|data| vec![data])
        }
        Value::Struct(structure) => {
            let mut fields: Vec<_> = structure.fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            fields.into_iter().map(|(key, value)| named(key, values(value)?)).collect()
        }
        _ => None,
    }
}

/// `{index, values}` or `{name, values}`, with `overwrite` if it is not `true`.
fn one_custom_data(structure: &StructValue) -> Option<Data> {
    let values = match get(structure, "values").or_else(|| get(structure, "value")) {
        Some(value) => values(value)?,
        None => Vec::new(),
    };
    let data = match (get(structure, "index"), get(structure, "name")) {
        (Some(Value::String(index)), _) => CustomData::new(index.trim().parse().ok()?, values),
        (Some(index), _) => CustomData::new(u32::try_from(whole(index)?).ok()?, values),
        (None, Some(name)) => CustomData::named(name.as_str()?, values),
        (None, None) => return None,
    };
    Some(match get(structure, "overwrite") {
        Some(overwrite) => data.with_overwrite(overwrite.as_bool()?).into(),
        None => data.into(),
    })
}

/// A key of digits is an index, any other a name.
fn named(key: &str, values: Vec<String>) -> Option<Data> {
    Some(match key.parse() {
        Ok(index) => CustomData::new(index, values).into(),
        Err(_) => CustomData::named(key, values).into(),
    })
}

fn values(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(list) => list.iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    }
}

fn browser(value: &Value) -> Option<Vec<Data>> {
    let kind = |value: &Value| BrowserType::from_name(&name(value)?);
    let browser = match value {
        Value::Struct(structure) => {
            let browser = Browser::new(kind(get(structure, "type")?)?);
            match get(structure, "version") {
                Some(version) => browser.with_version(number(version)?),
                None => browser,
            }
        }
        value => Browser::new(kind(value)?),
    };
    Some(vec![browser.into()])
}

fn device(value: &Value) -> Option<Vec<Data>> {
    Some(vec![Device::new(DeviceType::from_name(&name(value)?)?).into()])
}

fn operating_system(value: &Value) -> Option<Vec<Data>> {
    Some(vec![OperatingSystem::new(OperatingSystemType::from_name(&name(value)?)?).into()])
}

fn geolocation(value: &Value) -> Option<Vec<Data>> {
    let Value::Struct(place) = value else {
        return Some(vec![Geolocation::new(value.as_str()?).into()]);
    };
    let mut found = Geolocation::new(get(place, "country")?.as_str()?);
    if let Some(region) = get(place, "region") {
        found = found.with_region(region.as_str()?);
    }
    if let Some(city) = get(place, "city") {
        found = found.with_city(city.as_str()?);
    }
    if let Some(code) = get(place, "postalCode") {
        found = found.with_postal_code(text(code)?);
    }
    if let Some(latitude) = get(place, "latitude") {
        found = found.with_latitude(number(latitude)?);
    }
    if let Some(longitude) = get(place, "longitude") {
        found = found.with_longitude(number(longitude)?);
    }
    Some(vec![found.into()])
}

fn user_agent(value: &Value) -> Option<Vec<Data>> {
    Some(vec![UserAgent::new(value.as_str()?).into()])
}

fn application_version(value: &Value) -> Option<Vec<Data>> {
    match value {
        Value::String(_) | Value::Int(_) | Value::Float(_) => {
            Some(vec![ApplicationVersion::new(text(value)?).into()])
        }
        _ => None,
    }
}

fn cookies(value: &Value) -> Option<Vec<Data>> {
    let fields = &value.as_struct()?.fields;
    let cookies: Option<Vec<(String, String)>> =
        fields.iter().map(|(name, value)| Some((name.clone(), text(value)?))).collect();
    Some(vec![Cookie::new(cookies?).into()])
}

fn page(value: &Value) -> Option<Data> {
    let Value::Struct(page) = value else { return Some(PageView::new(value.as_str()?).into()) };
    let mut view = PageView::new(get(page, "url")?.as_str()?);
    if let Some(title) = get(page, "title") {
        view = view.with_title(title.as_str()?);
    }
    match get(page, "referrers") {
        Some(Value::Array(list)) => {
            view = view.with_referrers(list.iter().map(whole).collect::<Option<Vec<_>>>()?);
        }
        Some(one) => view = view.with_referrers([whole(one)?]),
        None => {}
    }
    Some(view.into())
}

/// `{goalId, revenue}`, the revenue optional.
fn conversion(value: &Value) -> Option<Data> {
    let structure = value.as_struct()?;
    let conversion = Conversion::new(whole(get(structure, "goalId")?)?);
    Some(match get(structure, "revenue") {
        None => conversion.into(),
        Some(Value::String(_)) => return None,
        Some(revenue) => conversion.with_revenue(number(revenue)?).into(),
    })
}

/// A name of one of the platform's lists, however it is written: `Windows Phone` is `WINDOWS_PHONE`.
fn name(value: &Value) -> Option<String> {
    Some(value.as_str()?.trim().to_ascii_uppercase().replace([' ', '-'], "_"))
}

fn get<'s>(structure: &'s StructValue, key: &str) -> Option<&'s Value> {
    structure.fields.get(key)
}

fn has(structure: &StructValue, key: &str) -> bool {
    structure.fields.contains_key(key)
}
