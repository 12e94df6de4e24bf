//! What web servers ask for: visitor codes in cookies, consent, simulation, the engine's code.

use std::sync::atomic::Ordering;

use super::KameleoonClient;
use super::core::{Core, check_code};
use crate::data::LegalConsent;
use crate::decision::profile::{Consent, Profile};
use crate::error::{KameleoonError, Result};
use crate::logging::{Voice, log_rarely, log_warning};
use crate::visitor::Moment;
use crate::web::{self, CookieJar, FoundCode, SetCookie, VisitorCodeOptions};

static REPLACED: Voice = Voice::new();

/// What a request's code that cannot be used is refused with.
const INVALID: &str = "the request's code is empty or longer than 255 characters; \
                       `VisitorCodeOptions::replace_invalid` gives it a fresh one instead";

impl KameleoonClient {
    /// The visitor code of a request, for all other calls about its visitor: the one of the cookie
    /// `kameleoonVisitorCode`, else a fresh one of 16 hexadecimal digits, which the response sets
    /// as the cookie.
    ///
    /// Where the site requires consent, and no enabled flag delivers a variation to targeted
    /// visitors, the cookie waits for [`set_legal_consent_with`](Self::set_legal_consent_with).
    /// Until the first data file is there, consent is not known to be required: a server that must
    /// not set the cookie without consent waits for the client before it serves.
    ///
    /// A cookie `kameleoonSimulationFFData` such as `{"featureKey": {"expId": 10, "varId": 20}}`,
    /// plain or as a URI component, chooses the variations that the visitor gets from then on,
    /// even of disabled flags: nothing of it is saved or tracked. `expId` 0 stands for the default
    /// variation; `{}` ends the simulation. What the data file does not have is skipped, as is
    /// what is malformed; the log tells of it at INFO.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid) when the request's code
    /// is longer than 255 characters, at every request of that browser: a server sets
    /// [`VisitorCodeOptions::replace_invalid`].
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// # struct Request;
    /// # impl Request {
    /// #     fn header_values(&self, _: &str) -> Vec<String> { Vec::new() }
    /// # }
    /// # struct Response;
    /// # impl Response { fn add_header(&mut self, _: &str, _: &str) {} }
    /// # let (request, mut response) = (Request, Response);
    /// use kameleoon::{RequestCookies, VisitorCodeOptions};
    ///
    /// let mut cookies = RequestCookies::from_headers(request.header_values("Cookie"));
    /// let options = VisitorCodeOptions::new().replace_invalid(true);
    /// let visitor_code = client.get_visitor_code_with(&mut cookies, options)?;
    /// for header in cookies.all_set_cookie_headers() {
    ///     response.add_header("Set-Cookie", &header);
    /// }
    /// # assert_eq!(visitor_code.len(), 16);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "obtain_visitor_code")]
    pub fn get_visitor_code(&self, jar: &mut (impl CookieJar + ?Sized)) -> Result<String> {
        self.get_visitor_code_with(jar, VisitorCodeOptions::new())
    }

    /// [`get_visitor_code`](Self::get_visitor_code) with options: a query parameter, which counts
    /// when there is no cookie, a default code, which counts when there is neither, and cookies
    /// that are only read.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid) when the code that counts
    /// is longer than 255 characters, or the default one is empty; never with
    /// [`replace_invalid`](VisitorCodeOptions::replace_invalid).
    pub fn get_visitor_code_with(
        &self,
        jar: &mut (impl CookieJar + ?Sized),
        options: VisitorCodeOptions<'_>,
    ) -> Result<String> {
        let (read_only, replace_invalid) = (options.read_only, options.replace_invalid);
        let mut found = web::find_visitor_code(jar, options);
        match check_code(&found.code) {
            Ok(()) => {}
            Err(error) if replace_invalid => {
                // Any request can cause it, and shall not fill the log.
                let _speaking = self.core.speaker.enter();
                log_rarely!(
                    REPLACED,
                    Info,
                    "the visitor code of a request is replaced by a fresh one: {error}"
                );
                found = FoundCode::fresh();
            }
            Err(_) => return Err(KameleoonError::VisitorCodeInvalid { reason: INVALID }),
        }
        Ok(self.core.take_up(found, jar, read_only))
    }

    /// Notes whether a visitor agrees to the use of personal data. Where the site requires
    /// consent, only conversions and variations delivered to targeted visitors are sent without
    /// it, and a visitor who refused is kept out of experiments. No cookie changes; see
    /// [`set_legal_consent_with`](Self::set_legal_consent_with).
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid).
    pub fn set_legal_consent(&self, visitor_code: &str, consent: LegalConsent) -> Result<()> {
        check_code(visitor_code)?;
        let consent = match consent {
            LegalConsent::Given => Consent::Given,
            LegalConsent::Refused => Consent::Refused,
        };
        let now = self.core.clock.now();
        let (visitor, (released, is_news)) = self.core.visitors.change(visitor_code, None, now, |known| {
            let file = self.core.file.load();
            let is_news = known.profile.consent != consent;
            (known.set_consent(consent, Moment { file: file.as_deref(), now, track: true }), is_news)
        });
        if released {
            // What waited for consent goes out with the next request.
            self.core.list(&visitor);
        }
        // Told again with each request, it takes nothing away that came since and may leave.
        if consent == Consent::Refused && is_news {
            self.purge_spool(visitor.names());
        }
        Ok(())
    }

    /// [`set_legal_consent`](Self::set_legal_consent), and the cookie with the visitor code
    /// accordingly: consent sets it, refusal removes it, if it is one that waits for consent.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline(
    /// #     r#"{"configuration": {"consentType": "REQUIRED"}, "featureFlags": []}"#)?;
    /// use kameleoon::{LegalConsent, RequestCookies};
    ///
    /// let mut cookies = RequestCookies::new();
    /// let visitor_code = client.get_visitor_code(&mut cookies)?;
    /// assert!(cookies.set_cookie_headers().is_empty(), "this site requires consent");
    ///
    /// client.set_legal_consent_with(&visitor_code, LegalConsent::Given, &mut cookies)?;
    /// assert!(cookies.set_cookie_headers()[0].contains(&visitor_code));
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_legal_consent_with(
        &self,
        visitor_code: &str,
        consent: LegalConsent,
        jar: &mut (impl CookieJar + ?Sized),
    ) -> Result<()> {
        self.set_legal_consent(visitor_code, consent)?;
        let settings = &self.core.settings;
        match consent {
            LegalConsent::Given => jar.set(self.core.cookie(visitor_code)),
            LegalConsent::Refused if self.core.is_visitor_code_managed() => {
                jar.set(SetCookie::expire(visitor_code, settings));
            }
            LegalConsent::Refused => {}
        }
        Ok(())
    }

    /// One line of JavaScript for a page with the platform's engine (hybrid mode): it tells the
    /// engine which variations the visitor was given within the last five seconds, so that the
    /// site's analytics tools learn of them. It consists of fixed text and digits, so it may stand
    /// in a `<script>` element as it is.
    ///
    /// For a code that no visitor has, the line names no variation.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"banner",
    /// #   "environmentEnabled":true,"defaultVariationKey":"off","variations":[{"key":"on"}],
    /// #   "rules":[{"id":1,"type":"EXPERIMENTATION","exposition":1.0,"experimentId":9516,
    /// #   "variationByExposition":[{"variationKey":"on","variationId":2,"exposition":1.0}]}]}]}"#)?;
    /// client.get_variation("visitor", "banner")?;
    /// let script = client.get_engine_tracking_code("visitor");
    /// assert_eq!(
    ///     script,
    ///     "window.kameleoonQueue=window.kameleoonQueue||[];\
    ///      window.kameleoonQueue.push(['Experiments.assignVariation',9516,2,true]);\
    ///      window.kameleoonQueue.push(['Experiments.trigger',9516,true]);"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_engine_tracking_code(&self, visitor_code: &str) -> String {
        let now = self.core.clock.now();
        let file = self.core.file.load();
        let snapshot = self.core.visitors.snapshot(visitor_code, now);
        let profile = snapshot.as_ref().and_then(|known| known.profile.as_deref());
        web::engine_tracking_code(profile, file.as_deref(), now)
    }
}

/// For middleware, which serves every request.
#[cfg(feature = "tower")]
impl KameleoonClient {
    /// Brings the cookie in line with what the visitor is known to have said, where it waits for
    /// consent: whoever called [`set_legal_consent`](Self::set_legal_consent) had no jar at hand.
    pub(crate) fn settle_consent(&self, visitor_code: &str, jar: &mut (impl CookieJar + ?Sized)) {
        if !self.core.is_visitor_code_managed() {
            return;
        }
        let settings = &self.core.settings;
        let now = self.core.clock.now();
        let has_cookie = web::cookie_visitor_code(jar).is_some_and(|code| code == visitor_code);
        let snapshot = self.core.visitors.snapshot(visitor_code, now);
        match snapshot.as_ref().and_then(|known| known.profile.as_deref()).map(|profile| profile.consent) {
            Some(Consent::Given) if !has_cookie => jar.set(self.core.cookie(visitor_code)),
            Some(Consent::Refused) if has_cookie => jar.set(SetCookie::expire(visitor_code, settings)),
            _ => {}
        }
    }
}

impl Core {
    /// Lets a request have its code: simulates what its cookie asks for, and sets the code's cookie
    /// if it has to be set.
    fn take_up(&self, found: FoundCode, jar: &mut (impl CookieJar + ?Sized), read_only: bool) -> String {
        if let Some(cookie) = jar.get(web::SIMULATION) {
            self.simulate(&found.code, &cookie);
        }
        let is_due = match found.is_in_cookie {
            false => !self.is_visitor_code_managed(),
            true => self.settings.renew_cookie && self.may_renew(&found.code),
        };
        if is_due && !read_only {
            jar.set(self.cookie(&found.code));
        }
        found.code
    }

    /// Whether a cookie that the browser has may be written again: not without consent, where the
    /// site requires it.
    fn may_renew(&self, code: &str) -> bool {
        !self.is_visitor_code_managed() || {
            let snapshot = self.visitors.snapshot(code, self.clock.now());
            let profile = snapshot.as_ref().and_then(|known| known.profile.as_deref());
            profile.is_some_and(|profile| profile.consent == Consent::Given)
        }
    }

    /// The cookie that keeps a visitor code.
    fn cookie(&self, code: &str) -> SetCookie {
        if self.settings.top_level_domain.is_none() && !self.told_of_domain.swap(true, Ordering::Relaxed) {
            let _speaking = self.speaker.enter();
            log_warning!(
                "`top_level_domain` is not set: visitor code cookies are written for the answering host alone"
            );
        }
        SetCookie::keep(code, &self.settings, self.clock.now())
    }

    fn is_visitor_code_managed(&self) -> bool {
        self.file.load().as_ref().is_some_and(|file| file.settings.visitor_code_managed)
    }

    /// Takes over what a simulation cookie says, if it says something new.
    fn simulate(&self, code: &str, cookie: &str) {
        let _speaking = self.speaker.enter();
        let file = self.file.load();
        let Some(simulated) = web::simulated_variations(cookie, file.as_deref()) else { return };
        let now = self.clock.now();
        let snapshot = self.visitors.snapshot(code, now);
        let profile = snapshot.as_ref().and_then(|known| known.profile.as_deref());
        let known = profile.map_or(&[][..], Profile::simulated);
        if known == simulated {
            return;
        }
        let entry = snapshot.map(|snapshot| snapshot.visitor);
        self.visitors.change(code, entry, now, |known| known.profile.set_simulated(simulated));
    }
}
