//! What an evaluation context tells beside whom it is about.

use open_feature::EvaluationContext;

use super::field;
use super::shape::{CONVERSION, SHAPES};
use crate::data::Data;
use crate::logging::{Speaker, Voices, log_rarely_by};

static LEFT_OUT: Voices = Voices::new();

const VARIABLE_KEY: &str = "variableKey";

/// The key of the variable that is asked for; none for the first one.
pub(super) fn variable_key(context: &EvaluationContext) -> Option<&str> {
    context.custom_fields.get(VARIABLE_KEY)?.as_str().filter(|key| !key.is_empty())
}

/// The data that the context brings for its visitor. What is not as it has to be is left out, with
/// a warning: a mistake in the data is no reason to change what the visitor sees.
pub(super) fn data(context: &EvaluationContext, speaker: &Speaker) -> Vec<Data> {
    let mut data = Vec::new();
    for shape in SHAPES.iter().chain([&CONVERSION]) {
        let Some(given) = context.custom_fields.get(shape.field) else { continue };
        let fits = field::value(given).is_some_and(|given| (shape.read)(&given, &mut data));
        if !fits {
            let _speaking = speaker.enter();
            log_rarely_by!(
                // Each evaluation with such a context comes here.
                LEFT_OUT,
                shape.field,
                Warning,
                "OpenFeature context: something in `{}` is left out; it has to be {}",
                shape.field,
                shape.form
            );
        }
    }
    data
}
