//! From a condition of the data file to what evaluation tests.

use super::condition::{
    Campaign, Condition, CustomDataTest, FeatureFlagTest, GeolocationTest, HeatSliceTest, Test, VisitScope,
};
use super::number_test::{Comparison, CountTest, parse_version};
use super::text_test::TextTest;
use super::wire::ConditionWire;
use crate::data::{BrowserType, DeviceType, OperatingSystemType};
use crate::identity::{SDK_NAME, SDK_VERSION};
use crate::lenient::{Object, Scalar, Wrong};

/// How many visits count when a condition does not say.
const DEFAULT_VISIT_COUNT: i64 = 25;

/// Compiles one condition; what cannot be used becomes a condition whose test never holds.
pub(super) fn compile(wire: &Object<ConditionWire<'_>>) -> Condition {
    let never = |reason: String| Test::Never(reason.into_boxed_str());
    match wire {
        Object::Is(wire) => Condition {
            is_include: wire.is_include != Scalar::Bool(false),
            test: Fields(wire).test().unwrap_or_else(never),
        },
        _ => Condition { is_include: true, test: never("not an object".to_owned()) },
    }
}

struct Fields<'w, 'a>(&'w ConditionWire<'a>);

impl From<Wrong> for String {
    fn from(wrong: Wrong) -> Self {
        wrong.to_string()
    }
}

fn text(scalar: &Scalar<'_>, field: &'static str) -> Result<String, String> {
    match scalar.text(field)? {
        Some(text) => Ok(text.into_owned()),
        None => Err(format!("`{field}` is missing")),
    }
}

fn integer(scalar: &Scalar<'_>, field: &'static str) -> Result<i64, String> {
    scalar.integer(field)?.ok_or_else(|| format!("`{field}` is missing"))
}

fn number(scalar: &Scalar<'_>, field: &'static str) -> Result<f64, String> {
    scalar.number(field)?.ok_or_else(|| format!("`{field}` is missing"))
}

fn comparison(scalar: &Scalar<'_>, field: &'static str) -> Result<Comparison, String> {
    let name = text(scalar, field)?;
    Comparison::from_name(&name).ok_or_else(|| format!("unknown `{field}` `{name}`"))
}

impl Fields<'_, '_> {
    fn test(&self) -> Result<Test, String> {
        let wire = self.0;
        let targeting_type = text(&wire.targeting_type, "targetingType")?;
        Ok(match targeting_type.as_str() {
            "CUSTOM_DATUM" => self.custom_data()?,
            "TARGET_FEATURE_FLAG" => Test::FeatureFlag(Box::new(FeatureFlagTest {
                flag_id: integer(&wire.feature_flag_id, "featureFlagId")?,
                rule_id: wire.rule_id.integer("ruleId")?,
                variation_key: wire.variation_key.text("variationKey")?.map(|key| key.into()),
                scope: self.scope(VisitScope::CurrentVisit),
                experiments: Box::default(),
                variation_ids: Box::default(),
            })),
            "TARGET_EXPERIMENT" => self.experiment()?,
            "TARGET_PERSONALIZATION" => Test::Personalization {
                id: integer(&wire.personalization_id, "personalizationId")?,
                scope: self.scope(VisitScope::CurrentVisit),
            },
            "EXCLUSIVE_EXPERIMENT" => self.exclusive_experiment()?,
            "EXCLUSIVE_FEATURE_FLAG" => Test::ExclusiveFeatureFlag,
            "DEVICE_TYPE" => {
                let name = text(&wire.device, "device")?;
                Test::Device(DeviceType::from_name(&name).ok_or_else(|| format!("unknown device `{name}`"))?)
            }
            "BROWSER" => self.browser()?,
            "OPERATING_SYSTEM" => {
                let name = text(&wire.os, "os")?;
                Test::OperatingSystem(
                    OperatingSystemType::from_name(&name).ok_or_else(|| format!("unknown os `{name}`"))?,
                )
            }
            "APPLICATION_VERSION" => {
                let version = text(&wire.version, "version")?;
                Test::ApplicationVersion(
                    comparison(&wire.version_match_type, "versionMatchType")?,
                    parse_version(&version).ok_or_else(|| format!("`{version}` is no version"))?,
                )
            }
            "SDK_LANGUAGE" => self.sdk_language()?,
            "COOKIE" => Test::Cookie(Box::new((
                self.text_test(&wire.name_match_type, "nameMatchType", &wire.name, "name")?,
                self.text_test(&wire.value_match_type, "valueMatchType", &wire.value, "value")?,
            ))),
            "GEOLOCATION" => self.geolocation()?,
            "VISITOR_CODE" => Test::VisitorCode(self.matched(&wire.visitor_code, "visitorCode")?),
            "PAGE_URL" => Test::PageUrl(self.matched(&wire.url, "url")?),
            "PAGE_TITLE" => Test::PageTitle(self.matched(&wire.title, "title")?),
            "PREVIOUS_PAGE" => Test::PreviousPage(self.matched(&wire.url, "url")?),
            "PAGE_VIEWS" => Test::PageViews(self.count(&wire.page_count, "pageCount")?),
            "CONVERSIONS" => Test::Conversions {
                goal_id: wire.goal_id.integer("goalId")?.filter(|id| *id != -1),
                scope: self.scope(VisitScope::Visitor { visits: DEFAULT_VISIT_COUNT }),
            },
            "VISITS" => Test::Visits(self.count(&wire.visit_count, "visitCount")?),
            "SAME_DAY_VISITS" => Test::SameDayVisits(self.count(&wire.visit_count, "visitCount")?),
            "NEW_VISITORS" => match text(&wire.visitor_type, "visitorType")?.as_str() {
                "NEW" => Test::NewVisitors { new: true },
                "RETURNING" => Test::NewVisitors { new: false },
                other => return Err(format!("unknown visitorType `{other}`")),
            },
            "FIRST_VISIT" => Test::FirstVisit(self.count(&wire.count_in_millis, "countInMillis")?),
            "LAST_VISIT" => Test::LastVisit(self.count(&wire.count_in_millis, "countInMillis")?),
            "HEAT_SLICE" => Test::HeatSlice(Box::new(HeatSliceTest {
                goal_id: integer(&wire.goal_id, "goalId")?,
                key_moment_id: integer(&wire.key_moment_id, "keyMomentId")?,
                lower: number(&wire.lower_bound, "lowerBound")?,
                upper: number(&wire.upper_bound, "upperBound")?,
            })),
            "SEGMENT" => Test::Segment { id: integer(&wire.segment_id, "segmentId")? },
            other => return Err(format!("unknown targeting type `{other}`")),
        })
    }

    fn custom_data(&self) -> Result<Test, String> {
        let wire = self.0;
        let index = integer(&wire.custom_data_index, "customDataIndex")?;
        let index = u32::try_from(index).map_err(|_| format!("`customDataIndex` {index} is out of range"))?;
        let match_type = text(&wire.value_match_type, "valueMatchType")?;
        let value = || text(&wire.value, "value");
        let test = match match_type.as_str() {
            "UNDEFINED" => CustomDataTest::Undefined,
            "TRUE" => CustomDataTest::True,
            "FALSE" => CustomDataTest::False,
            "AMONG_VALUES" => CustomDataTest::Among(among(&value()?)?),
            "EQUAL" | "GREATER" | "LOWER" => {
                let value = value()?;
                let number = crate::number::parse(&value).ok_or_else(|| format!("`{value}` is no number"))?;
                CustomDataTest::Number(comparison(&wire.value_match_type, "valueMatchType")?, number)
            }
            _ => CustomDataTest::Text(TextTest::new(&match_type, &value()?)?),
        };
        Ok(Test::CustomData { index, test })
    }

    fn experiment(&self) -> Result<Test, String> {
        let wire = self.0;
        let experiment_id = integer(&wire.experiment_id, "experimentId")?;
        let variation_id = match text(&wire.variation_match_type, "variationMatchType")?.as_str() {
            "ANY" => None,
            "EXACT" => Some(integer(&wire.variation_id, "variationId")?),
            other => return Err(format!("unknown variationMatchType `{other}`")),
        };
        Ok(Test::Experiment { experiment_id, variation_id, scope: self.scope(VisitScope::CurrentVisit) })
    }

    fn exclusive_experiment(&self) -> Result<Test, String> {
        let campaign = match text(&self.0.campaign_type, "campaignType")?.as_str() {
            "EXPERIMENT" => Campaign::Experiment,
            "PERSONALIZATION" => Campaign::Personalization,
            "ANY" => Campaign::Any,
            other => return Err(format!("unknown campaignType `{other}`")),
        };
        let scope = self.scope(VisitScope::Visitor { visits: DEFAULT_VISIT_COUNT });
        Ok(Test::ExclusiveExperiment { campaign, scope })
    }

    fn browser(&self) -> Result<Test, String> {
        let wire = self.0;
        let name = text(&wire.browser, "browser")?;
        let browser = BrowserType::from_name(&name).ok_or_else(|| format!("unknown browser `{name}`"))?;
        let version = match wire.version.text("version")? {
            None => None,
            Some(version) => {
                let [major, minor, _] =
                    parse_version(&version).ok_or_else(|| format!("`{version}` is no version"))?;
                let number =
                    format!("{major}.{minor}").parse().map_err(|_| format!("version `{version}`"))?;
                Some((comparison(&wire.version_match_type, "versionMatchType")?, number))
            }
        };
        Ok(Test::Browser { browser, version })
    }

    fn sdk_language(&self) -> Result<Test, String> {
        let wire = self.0;
        let language = text(&wire.sdk_language, "sdkLanguage")?;
        let mut holds = language == SDK_NAME;
        let mut needs = format!("the SDK {language:?}");
        if let Some(version) = wire.version.text("version")? {
            let comparison = comparison(&wire.version_match_type, "versionMatchType")?;
            let wanted = parse_version(&version).ok_or_else(|| format!("`{version}` is no version"))?;
            let own = parse_version(SDK_VERSION).unwrap_or_default();
            holds = holds && comparison.accepts(own.cmp(&wanted));
            needs = format!("{needs}, version {} {version}", comparison.sign());
        }
        Ok(Test::SdkLanguage { holds, needs: needs.into() })
    }

    fn geolocation(&self) -> Result<Test, String> {
        let wire = self.0;
        let lower = |text: String| text.to_lowercase().into_boxed_str();
        let optional = |scalar: &Scalar<'_>, field| -> Result<_, String> {
            Ok(scalar.text(field)?.filter(|text| !text.is_empty()).map(|text| lower(text.into_owned())))
        };
        Ok(Test::Geolocation(Box::new(GeolocationTest {
            country: lower(text(&wire.country, "country")?),
            region: optional(&wire.region, "region")?,
            city: optional(&wire.city, "city")?,
        })))
    }

    fn matched(&self, value: &Scalar<'_>, field: &'static str) -> Result<TextTest, String> {
        self.text_test(&self.0.match_type, "matchType", value, field)
    }

    fn text_test(
        &self,
        match_type: &Scalar<'_>,
        match_field: &'static str,
        value: &Scalar<'_>,
        field: &'static str,
    ) -> Result<TextTest, String> {
        TextTest::new(&text(match_type, match_field)?, &text(value, field)?)
    }

    fn count(&self, value: &Scalar<'_>, field: &'static str) -> Result<CountTest, String> {
        Ok(CountTest {
            comparison: comparison(&self.0.match_type, "matchType")?,
            value: number(value, field)?,
        })
    }

    /// The visit scope; what it does not say, or says wrongly, is the condition's default.
    fn scope(&self, default: VisitScope) -> VisitScope {
        let wire = self.0;
        let visits = match wire.visit_count.integer("visitCount") {
            Ok(Some(visits)) if visits > 0 => visits,
            _ => DEFAULT_VISIT_COUNT,
        };
        let named = match wire.visit_scope.text("visitScope") {
            Ok(Some(name)) if name.eq_ignore_ascii_case("CURRENT_VISIT") => VisitScope::CurrentVisit,
            Ok(Some(name)) if name.eq_ignore_ascii_case("VISITOR") => VisitScope::Visitor { visits },
            _ => default,
        };
        match named {
            VisitScope::CurrentVisit => VisitScope::CurrentVisit,
            VisitScope::Visitor { .. } => VisitScope::Visitor { visits },
        }
    }
}

/// The items of a JSON array as the texts that custom data values are compared with; null and
/// nested values match nothing and are left out.
fn among(value: &str) -> Result<Box<[Box<str>]>, String> {
    let items: Vec<serde_json::Value> =
        serde_json::from_str(value).map_err(|_| format!("`value` {value:?} is no JSON array"))?;
    let text = |item: serde_json::Value| match item {
        serde_json::Value::Bool(value) => Some(value.to_string().into_boxed_str()),
        serde_json::Value::String(text) => Some(text.into_boxed_str()),
        serde_json::Value::Number(number) if number.is_f64() => {
            number.as_f64().map(|number| crate::number::shortest(number).into_boxed_str())
        }
        serde_json::Value::Number(number) => Some(number.to_string().into_boxed_str()),
        _ => None,
    };
    Ok(items.into_iter().filter_map(text).collect())
}
