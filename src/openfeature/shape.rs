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
    /// Takes the data that are as they have to be. Whether all of them are.
    pub(super) read: fn(&Value, &mut Vec<Data>) -> bool,
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
        read: |value, data| each(value, data, page),
    },
];

/// Beside the others: a conversion is something that happened, not something known.
pub(super) const CONVERSION: Shape = Shape {
    field: "conversion",
    form: "`{goalId, revenue}`, or a list of such",
    read: |value, data| each(value, data, |value, data| push(conversion(value), data)),
};

/// Of a list each item by itself, so that a mistake takes nothing along.
fn each(value: &Value, data: &mut Vec<Data>, read: fn(&Value, &mut Vec<Data>) -> bool) -> bool {
    match value {
        Value::Array(list) => list.iter().filter(|item| !read(item, data)).count() == 0,
        value => read(value, data),
    }
}

fn push(found: Option<impl Into<Data>>, data: &mut Vec<Data>) -> bool {
    let fits = found.is_some();
    data.extend(found.map(Into::into));
    fits
}

/// Takes over a part that may be there. Whether it is as it has to be, if it is there.
fn part<T, P>(of: &mut T, given: Option<&Value>, read: fn(&Value) -> Option<P>, with: fn(T, P) -> T) -> bool
where
    T: Clone,
{
    match given.map(read) {
        None => true,
        Some(None) => false,
        Some(Some(part)) => {
            *of = with(of.clone(), part);
            true
        }
    }
}

fn custom_data(value: &Value, data: &mut Vec<Data>) -> bool {
    match value {
        Value::Array(_) => each(value, data, custom_data),
        Value::Struct(structure)
            if ["index", "name", "values", "value"].iter().any(|key| has(structure, key)) =>
        {
            push(one_custom_data(structure), data)
        }
        Value::Struct(structure) => {
            let mut fields: Vec<_> = structure.fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            let read = |key: &str, value: &Value| values(value).map(|values| named(key, values));
            fields.into_iter().filter(|(key, value)| !push(read(key, value), data)).count() == 0
        }
        _ => false,
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
fn named(key: &str, values: Vec<String>) -> CustomData {
    match key.parse() {
        Ok(index) => CustomData::new(index, values),
        Err(_) => CustomData::named(key, values),
    }
}

fn values(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(list) => list.iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    }
}

fn browser(value: &Value, data: &mut Vec<Data>) -> bool {
    let kind = |value: &Value| BrowserType::from_name(&name(value)?).map(Browser::new);
    let Value::Struct(structure) = value else { return push(kind(value), data) };
    let Some(mut browser) = get(structure, "type").and_then(kind) else { return false };
    let fits = part(&mut browser, get(structure, "version"), number, Browser::with_version);
    push(Some(browser), data) && fits
}

fn device(value: &Value, data: &mut Vec<Data>) -> bool {
    push(name(value).and_then(|name| DeviceType::from_name(&name)).map(Device::new), data)
}

fn operating_system(value: &Value, data: &mut Vec<Data>) -> bool {
    let kind = name(value).and_then(|name| OperatingSystemType::from_name(&name));
    push(kind.map(OperatingSystem::new), data)
}

fn geolocation(value: &Value, data: &mut Vec<Data>) -> bool {
    let country = |value: &Value| value.as_str().map(Geolocation::new);
    let Value::Struct(place) = value else { return push(country(value), data) };
    let Some(mut found) = get(place, "country").and_then(country) else { return false };
    let string = |value: &Value| value.as_str().map(str::to_owned);
    let fits = [
        part(&mut found, get(place, "region"), string, Geolocation::with_region),
        part(&mut found, get(place, "city"), string, Geolocation::with_city),
        part(&mut found, get(place, "postalCode"), text, Geolocation::with_postal_code),
        part(&mut found, get(place, "latitude"), number, Geolocation::with_latitude),
        part(&mut found, get(place, "longitude"), number, Geolocation::with_longitude),
    ];
    push(Some(found), data) && fits == [true; 5]
}

fn user_agent(value: &Value, data: &mut Vec<Data>) -> bool {
    push(value.as_str().map(UserAgent::new), data)
}

fn application_version(value: &Value, data: &mut Vec<Data>) -> bool {
    let version = match value {
        Value::String(_) | Value::Int(_) | Value::Float(_) => text(value),
        _ => None,
    };
    push(version.map(ApplicationVersion::new), data)
}

fn cookies(value: &Value, data: &mut Vec<Data>) -> bool {
    let Some(cookies) = value.as_struct() else { return false };
    let fields = cookies.fields.iter();
    let kept: Vec<(&String, String)> =
        fields.filter_map(|(name, value)| Some((name, text(value)?))).collect();
    let fits = kept.len() == cookies.fields.len();
    push(Some(Cookie::new(kept)), data) && fits
}

fn page(value: &Value, data: &mut Vec<Data>) -> bool {
    let url = |value: &Value| value.as_str().map(PageView::new);
    let Value::Struct(page) = value else { return push(url(value), data) };
    let Some(mut view) = get(page, "url").and_then(url) else { return false };
    let title = |value: &Value| value.as_str().map(str::to_owned);
    let referrers = |value: &Value| match value {
        Value::Array(list) => list.iter().map(whole).collect::<Option<Vec<i64>>>(),
        one => Some(vec![whole(one)?]),
    };
    let fits = [
        part(&mut view, get(page, "title"), title, PageView::with_title),
        part(&mut view, get(page, "referrers"), referrers, PageView::with_referrers),
    ];
    push(Some(view), data) && fits == [true; 2]
}

/// `{goalId, revenue}`, the revenue optional. One whose revenue cannot be read is none: it would count as
/// one without.
fn conversion(value: &Value) -> Option<Conversion> {
    let structure = value.as_struct()?;
    let conversion = Conversion::new(whole(get(structure, "goalId")?)?);
    match get(structure, "revenue") {
        None => Some(conversion),
        Some(Value::String(_)) => None,
        Some(revenue) => Some(conversion.with_revenue(number(revenue)?)),
    }
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
