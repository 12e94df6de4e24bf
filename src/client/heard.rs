//! Evaluations that somebody hears of.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use super::core::{Core, Who};
use super::reading::{FlagAt, Reading, variation};
use crate::decision::datafile::Variation;
use crate::decision::evaluation::Outcome;
use crate::error::{KameleoonError, Result};
use crate::logging::{Fact, LogLevel, is_anybody_listening, log_facts};
use crate::platform::events::EvaluationEvent;

/// What a call reads, and the variation for those who hear of it.
struct Overheard<R>(R);

impl<R: Reading> Reading for Overheard<R> {
    type Given = (R::Given, Variation);

    fn read(self, at: FlagAt<'_>, outcome: &Outcome<'_>) -> Self::Given {
        (self.0.read(at, outcome), variation(at, outcome))
    }

    fn is_seen((given, _): &Self::Given) -> bool {
        R::is_seen(given)
    }
}

impl Core {
    /// Whether evaluations of this client are told to anybody.
    #[inline]
    pub(super) fn is_heard(&self) -> bool {
        is_anybody_listening() && (self.evaluations.has_handlers() || self.speaker.hears(LogLevel::Debug))
    }

    /// Evaluates, and tells when the visitor is let go of: a handler may ask about the same one.
    #[cold]
    #[inline(never)]
    pub(super) fn evaluate_and_tell<R: Reading>(
        &self,
        who: Who<'_>,
        feature_key: &str,
        track: bool,
        reading: R,
    ) -> Result<R::Given> {
        match self.evaluate_in_silence(who, feature_key, track, Overheard(reading)) {
            Ok((given, variation)) => {
                let is_tracked = self.tracks(track) && R::is_seen(&given);
                self.tell(who, feature_key, Ok(&variation), is_tracked);
                Ok(given)
            }
            Err(error) => {
                self.tell(who, feature_key, Err(&error), false);
                Err(error)
            }
        }
    }

    /// Tells what a call gave that evaluates all flags.
    #[cold]
    pub(super) fn tell_all(&self, who: Who<'_>, given: &[Variation], is_tracked: bool) {
        for variation in given {
            self.tell(who, variation.feature_key(), Ok(variation), is_tracked);
        }
    }

    fn tell(
        &self,
        who: Who<'_>,
        feature_key: &str,
        result: std::result::Result<&Variation, &KameleoonError>,
        is_tracked: bool,
    ) {
        let site_code = &self.site_code;
        let event = EvaluationEvent { site_code, visitor_code: who.code, feature_key, result, is_tracked };
        if self.speaker.hears(LogLevel::Debug) {
            let _speaking = self.speaker.enter();
            log(&event);
        }
        self.evaluations.tell(&event);
    }
}

/// One line for an evaluation. Of the visitor it says a number by which lines about one visitor are
/// found, and nothing else.
fn log(event: &EvaluationEvent<'_>) {
    static TAGS: OnceLock<RandomState> = OnceLock::new();
    let visitor = TAGS.get_or_init(RandomState::new).hash_one(event.visitor_code) >> 32;
    let visitor = format!("{visitor:08x}");
    let (flag, reason) = (event.feature_key, event.reason());
    let mut facts: Vec<Fact<'_>> = vec![
        ("flag", flag.into()),
        ("visitor", visitor.as_str().into()),
        ("reason", reason.into()),
        ("tracked", event.is_tracked.into()),
    ];
    let variation = event.variation_key();
    facts.extend(variation.map(|key| ("variation", key.into())));
    facts.extend(event.experiment_id().map(|id| ("experiment", id.into())));
    facts.extend(event.rule_id().map(|id| ("rule", id.into())));
    match event.result {
        Ok(variation) => {
            let id = |name, id: Option<i64>| id.map(|id| format!(", {name} {id}")).unwrap_or_default();
            let (rule, experiment) = (id("rule", event.rule_id()), id("experiment", event.experiment_id()));
            let tracked = if event.is_tracked { "" } else { ", not tracked" };
            let key = variation.key();
            log_facts!(
                Debug,
                &facts,
                "flag `{flag}`: variation `{key}` for visitor #{visitor}: {reason}{rule}{experiment}{tracked}"
            );
        }
        Err(error) => {
            log_facts!(Debug, &facts, "flag `{flag}`: no variation for visitor #{visitor}: {error}");
        }
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use parking_lot::Mutex;

    use crate::client::{EvaluationOptions, KameleoonClient, VariationsOptions};
    use crate::testing::{DataFile, Flag, FlagVariation, Rule, TestClient};

    type Heard = Arc<Mutex<Vec<String>>>;

    #[allow(clippy::unwrap_used, reason = "helpers of a test count as production code")]
    fn client() -> TestClient {
        let on = FlagVariation::new("on").variable("title", "Pay");
        let banner = Flag::new("banner").variation("off").variation(on);
        TestClient::new(
            DataFile::new()
                .flag(banner.rule(Rule::experiment([("on", 100.0)])))
                .flag(Flag::new("plain").variation("off"))
                .flag(Flag::new("retired").disabled()),
        )
        .unwrap()
    }

    fn listen(client: &KameleoonClient) -> (crate::Subscription, Heard) {
        let heard = Heard::default();
        let told = Arc::clone(&heard);
        let subscription = client.on_evaluation(move |event| {
            let ids = event.experiment_id().is_some() && event.rule_id().is_some();
            told.lock().push(format!(
                "{} {} {} {} {}",
                event.visitor_code,
                event.feature_key,
                event.variation_key().unwrap_or("-"),
                event.reason(),
                match (ids, event.is_tracked) {
                    (true, true) => "tracked",
                    (true, false) => "untracked",
                    (false, _) => "no rule",
                }
            ));
        });
        (subscription, heard)
    }

    fn taken(heard: &Heard) -> Vec<String> {
        std::mem::take(&mut *heard.lock())
    }

    #[test]
    fn each_way_of_evaluating_tells_what_was_given_and_whether_it_is_tracked() {
        let client = client();
        let (_, heard) = listen(&client);
        let tracked = ["anna banner on experiment tracked"];
        let _ = client.get_variation("anna", "banner");
        assert_eq!(taken(&heard), tracked);
        let _ = client.is_feature_active("anna", "banner");
        assert_eq!(taken(&heard), tracked);
        let _ = client.visitor("anna").unwrap().is_feature_active("banner");
        assert_eq!(taken(&heard), tracked);
        let _ = client.get_variable_or("anna", "banner", "title", String::new());
        assert_eq!(taken(&heard), tracked);
        #[allow(deprecated)]
        let _ = client.get_feature_variation_key("anna", "banner");
        assert_eq!(taken(&heard), tracked);
        let untracked = ["anna banner on experiment untracked"];
        let _ = client.get_variation_with("anna", "banner", EvaluationOptions::new().track(false));
        assert_eq!(taken(&heard), untracked);
        // The caller takes its default: the visitor is not exposed to anything.
        let _ = client.get_variable_or("anna", "banner", "title", 3);
        assert_eq!(taken(&heard), untracked);
        let _ = client.get_variations_with("anna", VariationsOptions::new().only_active(true));
        assert_eq!(taken(&heard), [tracked[0], "anna plain off no_rules no rule"]);
        #[allow(deprecated)]
        let _ = client.get_active_features("anna");
        assert_eq!(taken(&heard), [untracked[0], "anna plain off no_rules no rule"]);
        let _ = client.explain("anna", "banner");
        assert!(taken(&heard).is_empty());
    }

    #[test]
    fn errors_are_told() {
        let client = client();
        let (_, heard) = listen(&client);
        let _ = client.get_variation("anna", "baner");
        let _ = client.is_feature_active("anna", "retired");
        let _ = client.get_variation_or("", "banner", "off");
        assert_eq!(
            taken(&heard),
            [
                "anna baner - feature_not_found no rule",
                "anna retired - feature_disabled no rule",
                " banner - visitor_code_invalid no rule"
            ]
        );
    }

    #[test]
    fn handlers_come_and_go_by_themselves_and_a_panic_harms_nobody() {
        let client = client();
        let panicking = client.on_evaluation(|_| panic!("a handler that panics, on purpose"));
        let (first, heard) = listen(&client);
        let (_, also_heard) = listen(&client);
        assert!(client.is_feature_active("anna", "banner").unwrap());
        assert_eq!((taken(&heard).len(), taken(&also_heard).len()), (1, 1));
        first.remove();
        panicking.remove();
        assert!(client.is_feature_active("anna", "banner").unwrap());
        assert_eq!((taken(&heard).len(), taken(&also_heard).len()), (0, 1));
        assert_eq!(Arc::strong_count(&heard), 1, "what a removed handler holds is let go of");
        let _ = client.close(Duration::ZERO);
        assert!(client.is_feature_active("anna", "banner").unwrap());
        assert_eq!((taken(&also_heard).len(), Arc::strong_count(&also_heard)), (0, 1));
        let (_, late) = listen(&client);
        let _ = client.is_feature_active("anna", "banner");
        assert!(late.lock().is_empty());
    }

    #[test]
    fn a_handler_may_evaluate_and_add_handlers() {
        let client = client();
        let (asked, heard) = ((*client).clone(), Heard::default());
        let told = Arc::clone(&heard);
        client.on_evaluation(move |event| {
            let other = asked.get_variation(event.visitor_code, "plain").map(|other| other.key().to_owned());
            told.lock().push(other.unwrap_or_default());
            drop(listen(&asked));
        });
        let _ = client.get_variation("anna", "banner");
        assert_eq!(taken(&heard), ["off"]);
    }

    #[test]
    fn clients_without_a_network_tell_and_debug_leaves_the_visitor_out() {
        let client = KameleoonClient::offline("{}").unwrap();
        let texts = Heard::default();
        let told = Arc::clone(&texts);
        client.on_evaluation(move |event| told.lock().push(format!("{event:?}")));
        let _ = client.get_variation("visitor-7", "banner");
        let texts = taken(&texts);
        assert_eq!(texts.len(), 1);
        assert!(texts[0].contains("banner") && !texts[0].contains("visitor-7"), "{texts:?}");
    }
}
