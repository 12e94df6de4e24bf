//! Segments of a made-up data file.

use serde_json::{Map, Value, json};

use crate::data::{BrowserType, DeviceType, OperatingSystemType};

/// A named set of visitors, for rules to target.
///
/// ```
/// use kameleoon::testing::{Condition, Segment};
///
/// let gold = Segment::all_of(
///     "gold customers",
///     [Condition::custom_data(3, "gold"), Condition::country("France").not()],
/// );
/// let staff = Segment::any_of("staff", [Condition::visitor_code("anna"), Condition::visitor_code("ben")]);
/// # let _ = (gold, staff);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Segment {
    pub(super) name: String,
    is_any: bool,
    is_audience: bool,
    conditions: Vec<Condition>,
}

impl Segment {
    /// Visitors of whom all conditions hold.
    pub fn all_of(name: impl Into<String>, conditions: impl IntoIterator<Item = Condition>) -> Self {
        let conditions = conditions.into_iter().collect();
        Self { name: name.into(), is_any: false, is_audience: false, conditions }
    }

    /// Visitors of whom at least one condition holds.
    pub fn any_of(name: impl Into<String>, conditions: impl IntoIterator<Item = Condition>) -> Self {
        Self { is_any: true, ..Self::all_of(name, conditions) }
    }

    /// Makes it an audience, for
    /// [`evaluate_audiences`](crate::KameleoonClient::evaluate_audiences).
    pub fn audience(mut self) -> Self {
        self.is_audience = true;
        self
    }

    pub(super) fn to_json(&self, id: i64) -> Value {
        let conditions: Vec<&Value> = self.conditions.iter().map(|condition| &condition.0).collect();
        let operators = vec![self.is_any; conditions.len().saturating_sub(1)];
        json!({
            "id": id,
            "audienceTracking": self.is_audience,
            "conditionsData": {
                "firstLevelOrOperators": [],
                "firstLevel": [{"orOperators": operators, "conditions": conditions}],
            },
        })
    }
}

/// What a [`Segment`] asks of a visitor.
#[derive(Debug, Clone)]
#[must_use]
pub struct Condition(Value);

impl Condition {
    /// One of the values of a custom data is this one.
    pub fn custom_data(index: u32, value: impl Into<String>) -> Self {
        Self::of(
            "CUSTOM_DATUM",
            json!({"customDataIndex": index, "valueMatchType": "EXACT", "value": value.into()}),
        )
    }

    /// The visitor code is this one.
    pub fn visitor_code(code: impl Into<String>) -> Self {
        Self::of("VISITOR_CODE", json!({"matchType": "EXACT", "visitorCode": code.into()}))
    }

    /// The visitor's country, in any case of letters.
    pub fn country(country: impl Into<String>) -> Self {
        Self::of("GEOLOCATION", json!({"country": country.into()}))
    }

    /// The visitor's device.
    pub fn device(device: DeviceType) -> Self {
        Self::of("DEVICE_TYPE", json!({"device": device.name()}))
    }

    /// The visitor's browser, in any version.
    pub fn browser(browser: BrowserType) -> Self {
        let name = match browser {
            BrowserType::Chrome => "CHROME",
            BrowserType::InternetExplorer => "INTERNET_EXPLORER",
            BrowserType::Firefox => "FIREFOX",
            BrowserType::Safari => "SAFARI",
            BrowserType::Opera => "OPERA",
            BrowserType::Other => "OTHER",
        };
        Self::of("BROWSER", json!({"browser": name}))
    }

    /// The visitor's operating system.
    pub fn operating_system(system: OperatingSystemType) -> Self {
        Self::of("OPERATING_SYSTEM", json!({"os": system.name()}))
    }

    /// The URL of the latest page contains this text.
    pub fn page_url_contains(text: impl Into<String>) -> Self {
        Self::of("PAGE_URL", json!({"matchType": "CONTAINS", "url": text.into()}))
    }

    /// The visitor has a conversion of this goal.
    pub fn converted(goal_id: i64) -> Self {
        Self::of("CONVERSIONS", json!({"goalId": goal_id}))
    }

    /// The visitor was assigned an experiment during the current visit.
    pub fn in_experiment(experiment_id: i64) -> Self {
        Self::of("TARGET_EXPERIMENT", json!({"experimentId": experiment_id, "variationMatchType": "ANY"}))
    }

    /// Any condition, as the data file writes it: an object with `targetingType` and what goes
    /// with it. Whatever is no such object never holds.
    ///
    /// ```
    /// use kameleoon::testing::Condition;
    /// use serde_json::json;
    ///
    /// let condition = Condition::json(json!({
    ///     "targetingType": "APPLICATION_VERSION", "version": "2.1", "versionMatchType": "GREATER",
    /// }));
    /// # let _ = condition;
    /// ```
    pub fn json(condition: Value) -> Self {
        Self(condition)
    }

    /// The opposite: holds where this one does not.
    #[allow(clippy::should_implement_trait, reason = "`!condition` reads worse in a list of conditions")]
    pub fn not(mut self) -> Self {
        if let Value::Object(fields) = &mut self.0 {
            let is_include = fields.get("isInclude") != Some(&Value::Bool(false));
            fields.insert("isInclude".to_owned(), Value::Bool(!is_include));
        }
        self
    }

    fn of(targeting_type: &str, fields: Value) -> Self {
        let mut condition = Map::new();
        condition.insert("targetingType".to_owned(), targeting_type.into());
        if let Value::Object(fields) = fields {
            condition.extend(fields);
        }
        Self(Value::Object(condition))
    }
}
