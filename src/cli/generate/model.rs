//! What a generated module holds.

use kameleoon::{DataFileView, FlagView, Value, Variable, VariableType};
use serde::Serialize;

use super::super::failure::Failure;
use super::names::{Name, names};

/// What the module has at its top besides the flags.
const TOP: &[&str] = &["custom_data", "goals", "FLAGS"];
/// What a flag's module has besides the structs of its variations.
const WITHIN_FLAG: &[&str] = &["Variation", "Other"];
/// Whole numbers up to here are exact as `f64`.
const EXACT: u64 = 1 << 53;

/// A generated module.
#[derive(Debug, Serialize)]
pub(super) struct Module {
    pub(super) flags: Vec<FlagModel>,
    pub(super) custom_data: Vec<CustomDataModel>,
    pub(super) goals: Vec<GoalModel>,
}

/// A flag: a type, and a module with its variations.
#[derive(Debug, Serialize)]
pub(super) struct FlagModel {
    pub(super) key: String,
    #[serde(rename = "type")]
    pub(super) type_name: String,
    pub(super) module: String,
    pub(super) variations: Vec<VariationModel>,
}

/// A variation: a variant, with a struct of the same name when it has variables.
#[derive(Debug, Serialize)]
pub(super) struct VariationModel {
    pub(super) key: String,
    #[serde(skip)]
    pub(super) title: String,
    pub(super) variant: String,
    pub(super) fields: Vec<FieldModel>,
}

/// A variable: a field.
#[derive(Debug, Serialize)]
pub(super) struct FieldModel {
    pub(super) key: String,
    pub(super) field: String,
    #[serde(rename = "type")]
    pub(super) kind: FieldKind,
    #[serde(skip)]
    pub(super) platform_type: String,
}

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum FieldKind {
    #[serde(rename = "bool")]
    Boolean,
    #[serde(rename = "f64")]
    Number,
    String,
    Value,
}

/// A custom data: a constant with its index, and a function.
#[derive(Debug, Serialize)]
pub(super) struct CustomDataModel {
    pub(super) name: Option<String>,
    pub(super) index: u32,
    pub(super) function: String,
}

/// A goal: a constant with its id.
#[derive(Debug, Serialize)]
pub(super) struct GoalModel {
    pub(super) id: i64,
    pub(super) constant: String,
}

/// The names of flags.
pub(super) fn flag_names(keys: &[&str]) -> Vec<Name> {
    names(keys, TOP)
}

impl Module {
    /// The module of a data file. `goals` are names for goals, as `NAME=ID`: a data file has none.
    pub(super) fn new(view: &DataFileView, goals: &[String]) -> Result<Self, Failure> {
        let flags: Vec<FlagView<'_>> = view.flags().collect();
        let keys: Vec<&str> = flags.iter().map(|flag| flag.key()).collect();
        Ok(Self {
            flags: flags
                .iter()
                .zip(flag_names(&keys))
                .map(|(flag, name)| FlagModel::new(*flag, name))
                .collect(),
            custom_data: custom_data(view),
            goals: goal_models(view, goals)?,
        })
    }
}

impl FlagModel {
    fn new(flag: FlagView<'_>, name: Name) -> Self {
        // Of two variations with one key the first counts.
        let mut found: Vec<(&str, &str, &[Variable])> = Vec::new();
        let declared = flag.variations().map(|one| (one.key(), one.name(), one.variables()));
        // Keys that only a rule or the default names come without variables.
        let default = std::iter::once((flag.default_variation_key(), "", &[][..]));
        let ruled = flag.rules().flat_map(|rule| rule.shares().map(|(key, ..)| key).collect::<Vec<_>>());
        for one in declared.chain(default).chain(ruled.map(|key| (key, "", &[][..]))) {
            if !found.iter().any(|known| known.0 == one.0) {
                found.push(one);
            }
        }
        let keys: Vec<&str> = found.iter().map(|one| one.0).collect();
        let variations =
            found.iter().zip(names(&keys, WITHIN_FLAG)).map(|((key, title, variables), name)| {
                VariationModel {
                    key: (*key).to_owned(),
                    title: (*title).to_owned(),
                    variant: name.pascal,
                    fields: fields(variables),
                }
            });
        Self {
            key: flag.key().to_owned(),
            type_name: name.pascal,
            module: name.snake,
            variations: variations.collect(),
        }
    }
}

fn fields(variables: &[Variable]) -> Vec<FieldModel> {
    let keys: Vec<&str> = variables.iter().map(Variable::key).collect();
    let named = variables.iter().zip(names(&keys, &[]));
    let field = |(variable, name): (&Variable, Name)| FieldModel {
        key: variable.key().to_owned(),
        field: name.snake,
        kind: kind(variable),
        platform_type: variable.variable_type().name().to_owned(),
    };
    named.map(field).collect()
}

/// The type of a variable, unless its value is something else than it says.
fn kind(variable: &Variable) -> FieldKind {
    match (variable.variable_type(), variable.value()) {
        (VariableType::Boolean, Value::Bool(_)) => FieldKind::Boolean,
        // Never whole numbers: the next value may be none.
        (VariableType::Number, Value::Number(number)) => {
            let whole = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            match whole {
                Some(whole) if whole > EXACT => FieldKind::Value,
                _ => FieldKind::Number,
            }
        }
        (VariableType::String | VariableType::Js | VariableType::Css, Value::String(_)) => FieldKind::String,
        _ => FieldKind::Value,
    }
}

fn custom_data(view: &DataFileView) -> Vec<CustomDataModel> {
    let known: Vec<(u32, Option<&str>)> = view.custom_data().map(|one| (one.index(), one.name())).collect();
    let unnamed: Vec<String> = known.iter().map(|(index, _)| format!("index_{index}")).collect();
    let mut keys: Vec<&str> = Vec::new();
    for ((_, name), unnamed) in known.iter().zip(&unnamed) {
        // Of two with one name the first keeps it: by the name it is the one that is found.
        let name = name.filter(|name| !name.is_empty() && !keys.contains(name));
        keys.push(name.unwrap_or(unnamed));
    }
    let named = known.iter().zip(names(&keys, &[]));
    named
        .map(|((index, name), function)| CustomDataModel {
            name: name.map(str::to_owned),
            index: *index,
            function: function.snake,
        })
        .collect()
}

fn goal_models(view: &DataFileView, named: &[String]) -> Result<Vec<GoalModel>, Failure> {
    let mut goals: Vec<(String, i64)> = Vec::new();
    for pair in named {
        let parsed = pair.split_once('=').and_then(|(name, id)| Some((name.to_owned(), id.parse().ok()?)));
        let (name, id) = parsed.ok_or_else(|| Failure::new(format!("--goal takes NAME=ID, not `{pair}`")))?;
        if goals.iter().any(|(known, _)| *known == name) {
            return Err(Failure::new(format!("--goal: `{name}` is given twice")));
        }
        goals.push((name, id));
    }
    for id in view.goal_ids() {
        if !goals.iter().any(|(_, known)| *known == id) {
            goals.push((format!("goal_{id}"), id));
        }
    }
    goals.sort_by_key(|(_, id)| *id);
    let keys: Vec<&str> = goals.iter().map(|(name, _)| name.as_str()).collect();
    let constants = names(&keys, &[]);
    Ok(goals
        .iter()
        .zip(constants)
        .map(|((_, id), name)| GoalModel { id: *id, constant: name.snake.to_uppercase() })
        .collect())
}
