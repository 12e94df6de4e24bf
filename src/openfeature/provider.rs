//! The provider.

use open_feature::provider::{FeatureProvider, ProviderMetadata, ProviderStatus, ResolutionDetails};
use open_feature::{
    EvaluationContext, EvaluationError, EvaluationErrorCode, EvaluationReason, EvaluationResult,
    FlagMetadata, StructValue, async_trait,
};
use tokio::sync::oneshot;

use super::context;
use super::value::{self, FromVariable};
use crate::client::KameleoonClient;
use crate::decision::datafile::{DecidedBy, Variable, Variation};
use crate::error::KameleoonError;

/// The name by which OpenFeature knows the provider.
const NAME: &str = "Kameleoon Provider";

/// Answers OpenFeature's questions with a [`KameleoonClient`].
///
/// The targeting key is the visitor code. The field `variableKey` of the context names the variable
/// whose value is asked for, and without it the variation's first one is; a flag without variables
/// answers a boolean (whether it is active) or a text (the variation's key). What the context tells
/// of the visitor (`customData`, `browser`, `page`, …, `conversion`) is added before the evaluation.
/// An evaluation that gives a value is tracked, one that ends in an error is not.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use kameleoon::openfeature::KameleoonProvider;
/// use open_feature::{EvaluationContext, OpenFeature};
///
/// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"checkout",
/// #   "environmentEnabled":true,"defaultVariationKey":"on","variations":[{"key":"on","variables":[
/// #   {"key":"title","type":"STRING","value":"Pay"}]}]}]}"#)?;
/// OpenFeature::singleton_mut().await.set_provider(KameleoonProvider::new(client)).await;
/// let features = OpenFeature::singleton().await.create_client();
///
/// let context = EvaluationContext::default()
///     .with_targeting_key("visitor")
///     .with_custom_field("variableKey", "title");
/// let title = features.get_string_value("checkout", Some(&context), None).await;
/// assert_eq!(title.unwrap_or_else(|_| "Check out".to_owned()), "Pay");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct KameleoonProvider {
    client: KameleoonClient,
    metadata: ProviderMetadata,
}

impl KameleoonProvider {
    /// A provider on a client, which stays the program's to use beside it.
    pub fn new(client: KameleoonClient) -> Self {
        // Whoever drops the provider may be on an executor.
        client.note_async_use();
        Self { client, metadata: ProviderMetadata::new(NAME) }
    }

    /// The client, for what OpenFeature has no words for.
    pub fn client(&self) -> &KameleoonClient {
        &self.client
    }

    fn resolve<T: FromVariable>(
        &self,
        flag_key: &str,
        context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<T>> {
        let visitor_code =
            context.targeting_key.as_deref().filter(|key| !key.is_empty()).ok_or_else(|| {
                let message = "the context has no targeting key, which is the visitor code";
                error(EvaluationErrorCode::TargetingKeyMissing, message.to_owned())
            })?;
        if !self.client.is_ready() {
            let why = self.client.last_error().map(|cause| format!(": {cause}")).unwrap_or_default();
            return Err(error(EvaluationErrorCode::ProviderNotReady, format!("no data file yet{why}")));
        }
        let data = context::data(context, self.client.speaker());
        if !data.is_empty() {
            self.client.add_data(visitor_code, data).map_err(specified)?;
            // Also when the evaluation does not come to track anything.
            self.client.flush(visitor_code).map_err(specified)?;
        }
        let key = context::variable_key(context);
        let read = |variation| {
            let answer = answer(&variation, key);
            // Whoever gets an error shows a default of its own: no exposure.
            let is_seen = answer.is_ok();
            (answer, is_seen)
        };
        match self.client.read_variation(visitor_code, flag_key, read) {
            Ok(answer) => answer,
            Err(KameleoonError::FeatureEnvironmentDisabled { .. })
                if key.is_none() && self.is_on_or_off(flag_key) =>
            {
                disabled(flag_key)
            }
            Err(cause) => Err(specified(cause)),
        }
    }

    /// Whether a flag has no variables.
    fn is_on_or_off(&self, flag_key: &str) -> bool {
        let file = self.client.get_data_file();
        let flag = file.as_ref().and_then(|file| file.flag(flag_key));
        flag.is_some_and(|flag| flag.variations().all(|variation| variation.variables().is_empty()))
    }
}

/// The answer that a variation means.
fn answer<T: FromVariable>(
    variation: &Variation,
    key: Option<&str>,
) -> EvaluationResult<ResolutionDetails<T>> {
    let (value, variable) = match key {
        None if !variation.flag_has_variables() => (of_variation(variation)?, None),
        key => {
            let variable = variable(variation, key)?;
            (value::read(variable)?, Some(variable))
        }
    };
    Ok(ResolutionDetails {
        value,
        variant: Some(variation.key().to_owned()),
        reason: Some(reason(variation)),
        flag_metadata: Some(metadata(variation, variable)),
    })
}

fn of_variation<T: FromVariable>(variation: &Variation) -> EvaluationResult<T> {
    T::from_variation(variation).ok_or_else(|| {
        let (flag, name) = (variation.feature_key(), T::NAME);
        let message = format!("`{flag}` has no variables: it answers a boolean or a text, not {name}");
        error(EvaluationErrorCode::TypeMismatch, message)
    })
}

/// A flag that is disabled in the environment is not active. Its variation is not known.
fn disabled<T: FromVariable>(flag_key: &str) -> EvaluationResult<ResolutionDetails<T>> {
    let cause = || KameleoonError::FeatureEnvironmentDisabled {
        feature_key: flag_key.to_owned(),
        blocked_by_consent: false,
    };
    Ok(ResolutionDetails {
        value: T::DISABLED.ok_or_else(|| specified(cause()))?,
        variant: None,
        reason: Some(EvaluationReason::Disabled),
        flag_metadata: Some(FlagMetadata::default().with_value("featureKey", flag_key)),
    })
}

/// Why the visitor gets this variation, in the specification's words.
fn reason(variation: &Variation) -> EvaluationReason {
    match variation.decided_by() {
        _ if variation.is_for_everybody() => EvaluationReason::Static,
        DecidedBy::Experiment => EvaluationReason::Split,
        DecidedBy::Delivery | DecidedBy::OtherRule if variation.is_of_a_share() => EvaluationReason::Split,
        DecidedBy::Delivery | DecidedBy::OtherRule | DecidedBy::Forced | DecidedBy::Simulated => {
            EvaluationReason::TargetingMatch
        }
        _ => EvaluationReason::Default,
    }
}

#[async_trait]
impl FeatureProvider for KameleoonProvider {
    /// Waits until a data file is in use, or until the first fetch has failed: that bounds it, so it
    /// needs no timer. After a failure the client keeps trying.
    async fn initialize(&mut self, _context: &EvaluationContext) {
        let (sender, receiver) = oneshot::channel();
        self.client.when_settled(Box::new(move |outcome| {
            // The one who waits may have given up.
            let _ = sender.send(outcome);
        }));
        // `status` tells how it went.
        let _ = receiver.await;
    }

    fn status(&self) -> ProviderStatus {
        match (self.client.is_ready(), self.client.last_error()) {
            (true, _) if self.client.is_failing() => ProviderStatus::STALE,
            (true, _) => ProviderStatus::Ready,
            (false, Some(_)) => ProviderStatus::Error,
            (false, None) => ProviderStatus::NotReady,
        }
    }

    fn metadata(&self) -> &ProviderMetadata {
        &self.metadata
    }

    async fn resolve_bool_value(
        &self,
        flag_key: &str,
        evaluation_context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<bool>> {
        self.resolve(flag_key, evaluation_context)
    }

    async fn resolve_int_value(
        &self,
        flag_key: &str,
        evaluation_context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<i64>> {
        self.resolve(flag_key, evaluation_context)
    }

    async fn resolve_float_value(
        &self,
        flag_key: &str,
        evaluation_context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<f64>> {
        self.resolve(flag_key, evaluation_context)
    }

    async fn resolve_string_value(
        &self,
        flag_key: &str,
        evaluation_context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<String>> {
        self.resolve(flag_key, evaluation_context)
    }

    async fn resolve_struct_value(
        &self,
        flag_key: &str,
        evaluation_context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<StructValue>> {
        self.resolve(flag_key, evaluation_context)
    }
}

fn variable<'v>(variation: &'v Variation, key: Option<&str>) -> EvaluationResult<&'v Variable> {
    let found = match key {
        Some(key) => variation.variable(key),
        None => variation.variables().first(),
    };
    found.ok_or_else(|| {
        let (variation, flag) = (variation.key(), variation.feature_key());
        let message = match key {
            Some(key) => format!("variation `{variation}` of `{flag}` has no variable `{key}`"),
            None => format!("variation `{variation}` of `{flag}` has no variables"),
        };
        error(EvaluationErrorCode::FlagNotFound, message)
    })
}

fn metadata(variation: &Variation, variable: Option<&Variable>) -> FlagMetadata {
    let mut metadata = FlagMetadata::default()
        .with_value("featureKey", variation.feature_key())
        .with_value("decidedBy", variation.decided_by().as_str());
    if let Some(variable) = variable {
        metadata.add_value("variableKey", variable.key());
    }
    for (key, id) in [
        ("experimentId", variation.experiment_id()),
        ("variationId", variation.id()),
        ("ruleId", variation.rule_id()),
    ] {
        if let Some(id) = id {
            metadata.add_value(key, id);
        }
    }
    metadata
}

/// The specification's code for an error of the client. OpenFeature's interface to providers has no
/// way to say "disabled" and leave the default to the caller, so that is a flag that is not found,
/// but for the boolean of a flag without variables.
fn specified(cause: KameleoonError) -> EvaluationError {
    let code = match &cause {
        KameleoonError::FeatureNotFound { .. } | KameleoonError::FeatureEnvironmentDisabled { .. } => {
            EvaluationErrorCode::FlagNotFound
        }
        KameleoonError::VisitorCodeInvalid { .. } => EvaluationErrorCode::InvalidContext,
        _ => EvaluationErrorCode::General(cause.to_string()),
    };
    error(code, cause.to_string())
}

fn error(code: EvaluationErrorCode, message: String) -> EvaluationError {
    EvaluationError::builder().code(code).message(message).build()
}
