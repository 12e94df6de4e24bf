//! What the platform holds about visitors and sites.

use kameleoon::{
    KameleoonError, RemoteVisitorDataFilter, RemoteVisitorDataOptions, RequestKind, WarehouseAudienceOptions,
};
use serde_json::{Value, json};

use crate::argument::{Arguments, Malformed};
use crate::data;
use crate::stage::{Stage, Trouble};

/// A call whose request failed: scenarios then expect that there is nothing.
fn or_nothing<T>(result: Result<T, KameleoonError>) -> Result<Option<T>, KameleoonError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(KameleoonError::Request { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(crate) fn get_remote_visitor_data(stage: &Stage, arguments: Arguments<'_>) -> Result<Value, Trouble> {
    let client = stage.client()?;
    let code = arguments.text("visitor_code")?;
    let mut options = RemoteVisitorDataOptions::new();
    if let Some(add_data) = arguments.flag("add_data")? {
        options = options.add_data(add_data);
    }
    if let Some(wanted) = arguments.get("filter") {
        options = options.filter(filter(Arguments::of(wanted)?)?);
    }
    let (result, mut query) =
        stage.query_of(RequestKind::VisitorData, || client.get_remote_visitor_data_with(code, options));
    if !arguments.flag("exact_query")?.unwrap_or(false) {
        query.as_mut().map(|query| query.remove("staticData"));
    }
    let data = or_nothing(result)?.unwrap_or_default();
    let data: Vec<Value> = data.iter().map(data::write).collect::<Result<_, _>>()?;
    Ok(json!({"data": data, "request_query": query}))
}

pub(crate) fn get_remote_data(stage: &Stage, arguments: Arguments<'_>) -> Result<Value, Trouble> {
    let client = stage.client()?;
    let key = arguments.text("key")?;
    let (result, query) = stage.query_of(RequestKind::DataMap, || client.get_remote_data(key));
    Ok(json!({"value": or_nothing(result)?, "request_query": query}))
}

pub(crate) fn get_visitor_warehouse_audience(
    stage: &Stage,
    arguments: Arguments<'_>,
) -> Result<Value, Trouble> {
    let client = stage.client()?;
    let code = arguments.text("visitor_code")?;
    let index = data::index(arguments.integer("custom_data_index")?)?;
    let mut options = WarehouseAudienceOptions::new();
    if let Some(key) = arguments.optional_text("warehouse_key")? {
        options = options.warehouse_key(key);
    }
    let (result, query) = stage
        .query_of(RequestKind::DataMap, || client.get_visitor_warehouse_audience_with(code, index, options));
    Ok(json!({"data": or_nothing(result)?.as_ref().map(data::write_custom_data), "request_query": query}))
}

fn filter(fields: Arguments<'_>) -> Result<RemoteVisitorDataFilter, Malformed> {
    let mut filter = RemoteVisitorDataFilter::new();
    for (name, value) in fields.0 {
        if name == "previous_visit_amount" {
            let amount = value.as_u64().and_then(|amount| u32::try_from(amount).ok());
            filter = filter.previous_visit_amount(amount.ok_or_else(|| format!("`{name}`: {value}"))?);
            continue;
        }
        let wanted = value.as_bool().ok_or_else(|| format!("`{name}` of a filter cannot be {value}"))?;
        filter = match name.as_str() {
            "current_visit" => filter.current_visit(wanted),
            "custom_data" => filter.custom_data(wanted),
            "page_views" => filter.page_views(wanted),
            "geolocation" => filter.geolocation(wanted),
            "device" => filter.device(wanted),
            "browser" => filter.browser(wanted),
            "operating_system" => filter.operating_system(wanted),
            "conversions" => filter.conversions(wanted),
            "experiments" => filter.experiments(wanted),
            "kcs" => filter.kcs(wanted),
            "visitor_code" => filter.visitor_code(wanted),
            "cbs" => filter.cbs(wanted),
            "personalization" => filter.personalization(wanted),
            _ => return Err(format!("a filter has no `{name}`")),
        };
    }
    Ok(filter)
}
