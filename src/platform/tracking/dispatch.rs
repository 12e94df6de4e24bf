//! How a batch is divided when the platform refuses it. No clock, no socket: answers are handed in.
//!
//! What is refused for its content is halved, without a pause, until the culprit stands alone. When
//! the first half of a refused part is accepted, the culprit is in the second, which is then divided
//! without being sent whole. A failure of several visitors' request that is no refusal is an outage,
//! unless a smaller request has succeeded after the one before: then it is halved too, and an outage
//! as soon as both halves fail.

use std::ops::Range;

use super::batch::Batch;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Accepted,
    /// Refused for what is in it.
    Refused {
        /// It may be its size alone.
        is_too_large: bool,
    },
    /// Not reached, or in trouble.
    Failed,
}

/// What becomes of a part of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Delivered,
    Unsent,
    /// It failed alone.
    Aside,
    /// It was refused alone.
    RefusedAlone,
}

/// How to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Go,
    /// The same once more, after a pause.
    Repeat,
    /// The platform is to be left alone for a while. Nothing of the batch is left.
    Outage,
}

/// Why a batch goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Usual,
    /// A request of several failed, and a smaller one succeeded after it: the next one that fails is
    /// divided.
    Wary,
    /// One visitor of whom something was refused or failed before: nobody else's matter.
    Alone,
}

#[derive(Debug)]
struct Chunk {
    part: Range<usize>,
    /// What was refused or failed has to be in it.
    is_suspect: bool,
    /// When it is accepted, the next one is suspect.
    clears: bool,
    /// The first half of the same request, which failed.
    failed_twin: Option<Range<usize>>,
    /// The second half of it is next.
    has_twin: bool,
    was_repeated: bool,
}

impl Chunk {
    fn new(part: Range<usize>) -> Self {
        Self {
            part,
            is_suspect: false,
            clears: false,
            failed_twin: None,
            has_twin: false,
            was_repeated: false,
        }
    }
}

/// The parts of a batch that are still to be sent.
#[derive(Debug)]
pub(super) struct Dispatch {
    stack: Vec<Chunk>,
    manner: Manner,
    /// Something of the batch was accepted.
    has_succeeded: bool,
}

type Verdicts = Vec<(Range<usize>, Verdict)>;

impl Dispatch {
    pub(super) fn new<V>(batch: &Batch<V>, manner: Manner) -> Self {
        Self { stack: vec![Chunk::new(0..batch.lines.len())], manner, has_succeeded: false }
    }

    /// Whether every part has its verdict.
    pub(super) fn is_over(&self) -> bool {
        self.stack.is_empty()
    }

    /// The part that goes out next.
    pub(super) fn next<V>(&mut self, batch: &Batch<V>) -> Option<Range<usize>> {
        loop {
            let chunk = self.stack.last()?;
            if !chunk.is_suspect || batch.visitors_in(&chunk.part) < 2 {
                return Some(chunk.part.clone());
            }
            let chunk = self.stack.pop()?;
            self.halve(batch, &chunk.part, true, false);
        }
    }

    fn halve<V>(&mut self, batch: &Batch<V>, part: &Range<usize>, clears: bool, are_twins: bool) {
        let middle = batch.middle(part);
        self.stack.push(Chunk::new(middle..part.end));
        self.stack.push(Chunk { clears, has_twin: are_twins, ..Chunk::new(part.start..middle) });
    }

    /// Takes in how the part that went out last ended. `others_succeed` tells whether other visitors
    /// were accepted since the last time that this one failed alone.
    pub(super) fn answered<V>(
        &mut self,
        batch: &Batch<V>,
        answer: Answer,
        others_succeed: bool,
    ) -> (Verdicts, Step) {
        let Some(chunk) = self.stack.pop() else { return (Vec::new(), Step::Go) };
        match answer {
            Answer::Accepted => {
                self.has_succeeded = true;
                if chunk.clears || chunk.has_twin {
                    self.stack.last_mut().into_iter().for_each(|next| next.is_suspect = true);
                }
                if let Some(part) = chunk.failed_twin {
                    self.stack.push(Chunk { is_suspect: true, ..Chunk::new(part) });
                }
                (vec![(chunk.part, Verdict::Delivered)], Step::Go)
            }
            Answer::Refused { is_too_large } => {
                if let Some(part) = chunk.failed_twin {
                    self.stack.push(Chunk::new(part));
                }
                if chunk.part.len() > 1 {
                    self.halve(batch, &chunk.part, !is_too_large, false);
                    return (Vec::new(), Step::Go);
                }
                (vec![(chunk.part, Verdict::RefusedAlone)], Step::Go)
            }
            Answer::Failed => self.failed(batch, chunk, others_succeed),
        }
    }

    /// The part that would go out next has nothing any more that may go.
    pub(super) fn pass_over(&mut self) {
        let chunk = self.stack.pop();
        self.stack.extend(chunk.and_then(|chunk| chunk.failed_twin).map(Chunk::new));
    }

    fn failed<V>(&mut self, batch: &Batch<V>, chunk: Chunk, others_succeed: bool) -> (Verdicts, Step) {
        let is_single = batch.visitors_in(&chunk.part) < 2;
        if self.manner == Manner::Alone {
            let mut verdicts = self.give_back(Verdict::Aside);
            verdicts.push((chunk.part, Verdict::Aside));
            return (verdicts, Step::Go);
        }
        if chunk.has_twin {
            // Whether it is this half or the platform, the other half tells.
            if let Some(twin) = self.stack.last_mut() {
                twin.failed_twin = Some(chunk.part);
                return (Vec::new(), Step::Go);
            }
        }
        if is_single && self.has_succeeded {
            return (vec![(chunk.part, Verdict::Aside)], Step::Go);
        }
        if !is_single && chunk.failed_twin.is_none() && (self.manner == Manner::Wary || self.has_succeeded) {
            self.halve(batch, &chunk.part, false, true);
            return (Vec::new(), Step::Go);
        }
        if chunk.failed_twin.is_none() && !chunk.was_repeated {
            self.stack.push(Chunk { was_repeated: true, ..chunk });
            return (Vec::new(), Step::Repeat);
        }
        if is_single && others_succeed && chunk.failed_twin.is_none() {
            return (vec![(chunk.part, Verdict::Aside)], Step::Go);
        }
        let mut verdicts = vec![(chunk.part, Verdict::Unsent)];
        verdicts.extend(chunk.failed_twin.map(|part| (part, Verdict::Unsent)));
        verdicts.extend(self.give_back(Verdict::Unsent));
        (verdicts, Step::Outage)
    }

    /// Gives back all that is left.
    pub(super) fn give_back(&mut self, verdict: Verdict) -> Verdicts {
        let left = self.stack.drain(..);
        left.flat_map(|chunk| std::iter::once(chunk.part).chain(chunk.failed_twin))
            .map(|part| (part, verdict))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::clock::Clock;
    use crate::visitor::{PersonBounds, StoreBounds, VisitorStore};

    /// Visitors with so many lines each.
    fn batch(lines: &[usize]) -> Batch {
        let person = PersonBounds { profile: 1 << 20, outbox: 1 << 20 };
        let bounds = StoreBounds { visitors: 1000, bytes: 1 << 30, person };
        let store = VisitorStore::new(bounds, Duration::from_secs(60), Clock::System);
        let mut batch = Batch::default();
        for (visitor, lines) in lines.iter().enumerate() {
            let visitor = store.get_or_insert(&visitor.to_string(), 0);
            batch.begin(Arc::clone(&visitor), String::new());
            for line in 0..*lines {
                batch.add(line as u64 + 1, |text| text.push_str(&format!("{}-{line}", visitor.code())));
            }
        }
        batch
    }

    /// Plays a dispatch against a platform; returns what became of each line, and the requests.
    fn play(
        batch: &Batch,
        manner: Manner,
        mut platform: impl FnMut(&[&str]) -> Answer,
    ) -> (Vec<(String, Verdict)>, usize, Option<Step>) {
        let mut dispatch = Dispatch::new(batch, manner);
        let (mut outcome, mut requests, mut last) = (Vec::new(), 0, None);
        while let Some(part) = dispatch.next(batch) {
            requests += 1;
            assert!(requests < 1000, "it ends");
            let body = batch.body(&part);
            let lines: Vec<&str> = body.lines().collect();
            let (verdicts, step) = dispatch.answered(batch, platform(&lines), false);
            for (part, verdict) in verdicts {
                let body = batch.body(&part);
                outcome.extend(body.lines().map(|line| (line.to_owned(), verdict)));
            }
            last = Some(step);
        }
        outcome.sort_by(|a, b| a.0.cmp(&b.0));
        (outcome, requests, last)
    }

    fn refused_when(bad: impl Fn(&str) -> bool) -> impl FnMut(&[&str]) -> Answer {
        move |lines| match lines.iter().any(|line| bad(line)) {
            true => Answer::Refused { is_too_large: false },
            false => Answer::Accepted,
        }
    }

    #[test]
    fn what_is_refused_is_found_with_few_requests_and_costs_itself_only() {
        for bad in [0, 1, 13, 500, 999] {
            let batch = batch(&[1; 1000]);
            let name = format!("{bad}-0");
            let (outcome, requests, _) = play(&batch, Manner::Usual, refused_when(|line| line == name));
            assert_eq!(outcome.len(), 1000);
            assert!(outcome.iter().all(|(line, verdict)| {
                *verdict == if *line == name { Verdict::RefusedAlone } else { Verdict::Delivered }
            }));
            assert!(requests <= 22, "{bad}: {requests}");
        }
    }

    #[test]
    fn a_line_that_is_refused_inside_a_good_visitor_costs_that_line() {
        let batch = batch(&[1, 40, 1]);
        let (outcome, ..) = play(&batch, Manner::Usual, refused_when(|line| line == "1-17"));
        let bad: Vec<_> = outcome.iter().filter(|(_, verdict)| *verdict != Verdict::Delivered).collect();
        assert_eq!(bad, [&("1-17".to_owned(), Verdict::RefusedAlone)]);
        assert_eq!(outcome.len(), 42);
    }

    #[test]
    fn a_failure_is_repeated_whole_and_then_an_outage() {
        for (manner, requests) in [(Manner::Usual, vec![4, 4]), (Manner::Wary, vec![4, 2, 2])] {
            let mut seen = Vec::new();
            let (outcome, _, last) = play(&batch(&[1; 4]), manner, |lines| {
                seen.push(lines.len());
                Answer::Failed
            });
            assert_eq!((seen, last), (requests, Some(Step::Outage)), "{manner:?}");
            assert!(outcome.len() == 4 && outcome.iter().all(|(_, verdict)| *verdict == Verdict::Unsent));
        }
    }

    #[test]
    fn a_visitor_whose_requests_fail_is_found_by_halves_when_others_succeed() {
        for bad in 0..7 {
            let name = format!("{bad}-0");
            let (outcome, _, last) = play(&batch(&[1; 7]), Manner::Wary, |lines| {
                if lines.iter().any(|line| *line == name) { Answer::Failed } else { Answer::Accepted }
            });
            assert_eq!((outcome.len(), last), (7, Some(Step::Go)));
            for (line, verdict) in outcome {
                assert_eq!(
                    verdict,
                    if line == name { Verdict::Aside } else { Verdict::Delivered },
                    "{bad}: {line}"
                );
            }
        }
    }

    #[test]
    fn a_body_that_is_too_large_is_sent_in_parts() {
        let (outcome, ..) = play(&batch(&[3; 20]), Manner::Usual, |lines| match lines.len() > 5 {
            true => Answer::Refused { is_too_large: true },
            false => Answer::Accepted,
        });
        assert!(outcome.len() == 60 && outcome.iter().all(|(_, verdict)| *verdict == Verdict::Delivered));
    }
}
