//! From a condition of the data file to what evaluation tests.

use std::borrow::Cow;

use super::caseless::Caseless;
use super::condition::{
    Campaign, Condition, CustomDataTest, FeatureFlagTest, GeolocationTest, HeatSliceTest, SegmentPlace, Test,
    VisitScope,
};
use super::kinds::Kinds;
use super::number_test::{Comparison, CountTest, parse_version};
use super::text_test::TextTest;
use crate::data::{BrowserType, DeviceType, OperatingSystemType};
use crate::decision::identity::{SDK_NAME, SDK_VERSION};
use crate::decision::lenient::{Items, List, Pairs, Read, Reader, Scalar, Stopped, Wrong, read};
use crate::logging::log_warning;

/// How many visits count when a condition does not say.
const DEFAULT_VISIT_COUNT: i64 = 25;

/// Conditions, compiled as they are read: their fields as texts take several times the memory.
#[derive(Debug, Default)]
pub(super) struct ConditionsDraft<'a> {
    pub(super) list: Vec<Condition>,
    pub(super) kinds: Kinds,
    /// Room for the fields of the one that is being read.
    wire: ConditionWire<'a>,
}

impl<'a> Items<'a> for ConditionsDraft<'a> {
    type Item = Condition;

    fn reserve(&mut self, room: usize) {
        self.list.reserve_exact(room);
    }

    fn len(&self) -> usize {
        self.list.len()
    }

    fn read_item(&mut self, reader: &mut Reader<'a>) -> Result<(), Stopped> {
        self.wire.read(reader)?;
        let condition = compile(&self.wire);
        self.kinds = self.kinds.and(Kinds::of(&condition.test));
        self.list.push(condition);
        Ok(())
    }
}

/// The fields of a condition as they come: which of them count depends on its type, and most
/// conditions have few of all that there are.
type ConditionWire<'a> = Pairs<'a, Scalar<'a>>;

/// Compiles one condition; what cannot be used becomes a condition whose test never holds.
fn compile(wire: &ConditionWire<'_>) -> Condition {
    let never = |reason: String| Test::Never(reason.into_boxed_str());
    match wire {
        Pairs::Is(fields) => {
            let fields = Fields(fields);
            Condition {
                is_include: *fields.field("isInclude") != Scalar::Bool(false),
                test: fields.test().unwrap_or_else(never),
            }
        }
        _ => Condition { is_include: true, test: never("not an object".to_owned()) },
    }
}

impl From<Wrong> for String {
    fn from(wrong: Wrong) -> Self {
        wrong.to_string()
    }
}

/// The fields of a condition; the type of the condition says which of them count.
struct Fields<'w, 'a>(&'w [(Cow<'a, str>, Scalar<'a>)]);

impl<'w> Fields<'w, '_> {
    /// A field by its name. There are few, so looking at each is quick; of two with one name the
    /// later counts.
    fn field(&self, name: &str) -> &'w Scalar<'w> {
        let mut fields = self.0.iter().rev();
        fields.find(|(known, _)| known == name).map_or(&Scalar::None, |(_, value)| value)
    }

    fn text(&self, name: &'static str) -> Result<Cow<'w, str>, String> {
        self.field(name).text(name)?.ok_or_else(|| format!("`{name}` is missing"))
    }

    fn integer(&self, name: &'static str) -> Result<i64, String> {
        self.field(name).integer(name)?.ok_or_else(|| format!("`{name}` is missing"))
    }

    fn number(&self, name: &'static str) -> Result<f64, String> {
        self.field(name).number(name)?.ok_or_else(|| format!("`{name}` is missing"))
    }

    fn comparison(&self, name: &'static str) -> Result<Comparison, String> {
        let text = self.text(name)?;
        Comparison::from_name(&text).ok_or_else(|| format!("unknown `{name}` `{text}`"))
    }

    fn test(&self) -> Result<Test, String> {
        let targeting_type = self.text("targetingType")?;
        Ok(match &*targeting_type {
            "CUSTOM_DATUM" => self.custom_data()?,
            "TARGET_FEATURE_FLAG" => Test::FeatureFlag(Box::new(FeatureFlagTest {
                flag_id: self.integer("featureFlagId")?,
                rule_id: self.field("ruleId").integer("ruleId")?,
                variation_key: self.field("variationKey").text("variationKey")?.map(|key| key.into()),
                scope: self.scope(VisitScope::CurrentVisit),
                experiments: Box::default(),
                variation_ids: Box::default(),
            })),
            "TARGET_EXPERIMENT" => self.experiment()?,
            "TARGET_PERSONALIZATION" => Test::Personalization {
                id: self.integer("personalizationId")?,
                scope: self.scope(VisitScope::CurrentVisit),
            },
            "EXCLUSIVE_EXPERIMENT" => self.exclusive_experiment()?,
            "EXCLUSIVE_FEATURE_FLAG" => Test::ExclusiveFeatureFlag,
            "DEVICE_TYPE" => {
                let name = self.text("device")?;
                Test::Device(DeviceType::from_name(&name).ok_or_else(|| format!("unknown device `{name}`"))?)
            }
            "BROWSER" => self.browser()?,
            "OPERATING_SYSTEM" => {
                let name = self.text("os")?;
                Test::OperatingSystem(
                    OperatingSystemType::from_name(&name).ok_or_else(|| format!("unknown os `{name}`"))?,
                )
            }
            "APPLICATION_VERSION" => {
                let version = self.text("version")?;
                Test::ApplicationVersion(Box::new((
                    self.comparison("versionMatchType")?,
                    parse_version(&version).ok_or_else(|| format!("`{version}` is no version"))?,
                )))
            }
            "SDK_LANGUAGE" => self.sdk_language()?,
            "COOKIE" => Test::Cookie(Box::new((
                self.text_test("nameMatchType", "name")?,
                self.text_test("valueMatchType", "value")?,
            ))),
            "GEOLOCATION" => self.geolocation()?,
            "VISITOR_CODE" => Test::VisitorCode(self.matched("visitorCode")?),
            "PAGE_URL" => Test::PageUrl(self.matched("url")?),
            "PAGE_TITLE" => Test::PageTitle(self.matched("title")?),
            "PREVIOUS_PAGE" => Test::PreviousPage(self.matched("url")?),
            "PAGE_VIEWS" => Test::PageViews(self.count("pageCount")?),
            "CONVERSIONS" => Test::Conversions {
                goal_id: self.field("goalId").integer("goalId")?.filter(|id| *id != -1),
                scope: self.scope(VisitScope::Visitor { visits: DEFAULT_VISIT_COUNT }),
            },
            "VISITS" => Test::Visits(self.count("visitCount")?),
            "SAME_DAY_VISITS" => Test::SameDayVisits(self.count("visitCount")?),
            "NEW_VISITORS" => match &*self.text("visitorType")? {
                "NEW" => Test::NewVisitors { new: true },
                "RETURNING" => Test::NewVisitors { new: false },
                other => return Err(format!("unknown visitorType `{other}`")),
            },
            "FIRST_VISIT" => Test::FirstVisit(self.count("countInMillis")?),
            "LAST_VISIT" => Test::LastVisit(self.count("countInMillis")?),
            "HEAT_SLICE" => Test::HeatSlice(Box::new(HeatSliceTest {
                goal_id: self.integer("goalId")?,
                key_moment_id: self.integer("keyMomentId")?,
                lower: self.number("lowerBound")?,
                upper: self.number("upperBound")?,
            })),
            "SEGMENT" => Test::Segment { id: self.integer("segmentId")?, place: SegmentPlace::default() },
            other => return Err(format!("unknown targeting type `{other}`")),
        })
    }

    fn custom_data(&self) -> Result<Test, String> {
        let index = self.integer("customDataIndex")?;
        let index = u32::try_from(index).map_err(|_| format!("`customDataIndex` {index} is out of range"))?;
        let match_type = self.text("valueMatchType")?;
        let value = || self.text("value");
        let test = match &*match_type {
            "UNDEFINED" => CustomDataTest::Undefined,
            "TRUE" => CustomDataTest::True,
            "FALSE" => CustomDataTest::False,
            "AMONG_VALUES" => CustomDataTest::Among(match self.field("value") {
                // The array itself in place of its text.
                Scalar::Wrong(text) => among(text)?,
                _ => among(&value()?)?,
            }),
            "EQUAL" | "GREATER" | "LOWER" => {
                let value = value()?;
                let number = crate::decision::number::parse(&value)
                    .ok_or_else(|| format!("`{value}` is no number"))?;
                CustomDataTest::Number(self.comparison("valueMatchType")?, number)
            }
            _ => CustomDataTest::Text(TextTest::new(&match_type, &value()?)?),
        };
        Ok(Test::CustomData { index, test })
    }

    fn experiment(&self) -> Result<Test, String> {
        let experiment_id = self.integer("experimentId")?;
        let variation_id = match &*self.text("variationMatchType")? {
            "ANY" => None,
            "EXACT" => Some(self.integer("variationId")?),
            other => return Err(format!("unknown variationMatchType `{other}`")),
        };
        Ok(Test::Experiment { experiment_id, variation_id, scope: self.scope(VisitScope::CurrentVisit) })
    }

    fn exclusive_experiment(&self) -> Result<Test, String> {
        let campaign = match &*self.text("campaignType")? {
            "EXPERIMENT" => Campaign::Experiment,
            "PERSONALIZATION" => Campaign::Personalization,
            "ANY" => Campaign::Any,
            other => return Err(format!("unknown campaignType `{other}`")),
        };
        let scope = self.scope(VisitScope::Visitor { visits: DEFAULT_VISIT_COUNT });
        Ok(Test::ExclusiveExperiment { campaign, scope })
    }

    fn browser(&self) -> Result<Test, String> {
        let name = self.text("browser")?;
        let browser = BrowserType::from_name(&name).ok_or_else(|| format!("unknown browser `{name}`"))?;
        let version = match self.field("version").text("version")? {
            None => None,
            Some(version) => {
                let [major, minor, _] =
                    parse_version(&version).ok_or_else(|| format!("`{version}` is no version"))?;
                let number =
                    format!("{major}.{minor}").parse().map_err(|_| format!("version `{version}`"))?;
                Some((self.comparison("versionMatchType")?, number))
            }
        };
        Ok(Test::Browser { browser, version })
    }

    fn sdk_language(&self) -> Result<Test, String> {
        let language = self.text("sdkLanguage")?;
        let mut holds = language == SDK_NAME;
        let mut needs = format!("the SDK {language:?}");
        if let Some(version) = self.field("version").text("version")? {
            let comparison = self.comparison("versionMatchType")?;
            let wanted = parse_version(&version).ok_or_else(|| format!("`{version}` is no version"))?;
            let own = parse_version(SDK_VERSION).unwrap_or_default();
            holds = holds && comparison.accepts(own.cmp(&wanted));
            needs = format!("{needs}, version {} {version}", comparison.sign());
        }
        Ok(Test::SdkLanguage { holds, needs: needs.into() })
    }

    fn geolocation(&self) -> Result<Test, String> {
        let optional =
            |name| -> Result<_, String> { Ok(self.field(name).text(name)?.map(|text| Caseless::new(&text))) };
        Ok(Test::Geolocation(Box::new(GeolocationTest {
            country: Caseless::new(&self.text("country")?),
            region: optional("region")?,
            city: optional("city")?,
        })))
    }

    fn matched(&self, value: &'static str) -> Result<TextTest, String> {
        self.text_test("matchType", value)
    }

    fn text_test(&self, match_type: &'static str, value: &'static str) -> Result<TextTest, String> {
        TextTest::new(&self.text(match_type)?, &self.text(value)?)
    }

    fn count(&self, value: &'static str) -> Result<CountTest, String> {
        Ok(CountTest { comparison: self.comparison("matchType")?, value: self.number(value)? })
    }

    /// The visit scope; what it does not say, or says wrongly, is the condition's default.
    fn scope(&self, default: VisitScope) -> VisitScope {
        let visits = match self.field("visitCount").integer("visitCount") {
            Ok(Some(visits)) if visits > 0 => visits,
            _ => DEFAULT_VISIT_COUNT,
        };
        let named = match self.field("visitScope").text("visitScope") {
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
    let broken = || format!("`value` {value:?} is no JSON array");
    let (items, remarks) = read::<List<Item<'_>>>(value).map_err(|_| broken())?;
    if !remarks.is_empty() {
        log_warning!("data file: the values {value:?} of a condition are damaged: {remarks}");
    }
    match items {
        List::Is(items) => Ok(items.into_iter().filter_map(|item| item.0).map(Into::into).collect()),
        List::None | List::Wrong => Err(broken()),
    }
}

/// An item of such an array as its text: integers by their digits, however many.
#[derive(Default)]
struct Item<'a>(Option<Cow<'a, str>>);

impl<'de> Read<'de> for Item<'de> {
    fn read(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped> {
        if let Some(digits) = reader.integer() {
            self.0 = Some(Cow::Borrowed(if digits == "-0" { "0" } else { digits }));
            return Ok(());
        }
        let mut item = Scalar::None;
        item.read(reader)?;
        self.0 = match item {
            Scalar::None | Scalar::Wrong(_) => None,
            Scalar::Text(text) => Some(text),
            Scalar::Bool(value) => Some(Cow::Borrowed(if value { "true" } else { "false" })),
            Scalar::Int(number) => Some(Cow::Owned(number.to_string())),
            Scalar::Float(number) => Some(Cow::Owned(crate::decision::number::shortest(number))),
        };
        Ok(())
    }
}
