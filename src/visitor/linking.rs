//! Visitors who turn out to be one person.

use std::ops::Deref;
use std::sync::Arc;

use super::entry::Visitor;
use super::known::{Aftermath, Moment};
use super::ledger::End;
use super::store::VisitorStore;
use crate::decision::datafile::DataFile;
use crate::logging::log_rarely_by;

impl VisitorStore {
    /// Makes the users whom a visitor turned out to be further names of it, and tells of names that
    /// nobody knows.
    pub(crate) fn follow_up(&self, visitor: &Arc<Visitor>, after: Aftermath, moment: Moment<'_>) {
        for name in &after.unknown_names {
            log_rarely_by!(
                self.unknown_names,
                &name,
                Error,
                "custom data `{name}` is ignored: the data file in use has none of that name"
            );
        }
        after.users.iter().for_each(|user| self.link(visitor, user, moment, &after));
    }

    /// [`follow_up`](Self::follow_up) beside threads that may put another data file in use; `file` gives
    /// the one in use. Returns whether something may be sent now that was kept back before.
    pub(crate) fn follow_up_beside<F: Deref<Target = Option<Arc<DataFile>>>>(
        &self,
        visitor: &Arc<Visitor>,
        after: Aftermath,
        (now, track): (i64, bool),
        file: impl Fn() -> F,
    ) -> bool {
        let is_linked = !after.users.is_empty();
        let in_use = file();
        self.follow_up(visitor, after, Moment { file: in_use.as_deref(), now, track });
        // Whoever settled the visitors with a newer file meanwhile did not see what was moved.
        is_linked && self.change_known(visitor, |known| known.release(file().as_deref())) == Some(true)
    }

    fn link(&self, visitor: &Arc<Visitor>, user: &str, moment: Moment<'_>, after: &Aftermath) {
        let code = visitor.code();
        if user == code {
            return;
        }
        let unique = visitor.is_unique();
        // Before the lock: it may log, and a logger may call the client.
        self.get_or_insert(user, moment.now);
        self.get_or_insert(code, moment.now);
        let _one_at_a_time = self.linking.lock();
        // Whoever left the store meanwhile has nothing to be linked.
        let (Some(own), Some(other)) = (self.find(code), self.find(user)) else { return };
        let (person, moved) = (own.person(), other.person());
        if after.was_known && Arc::ptr_eq(&person, &moved) || after.takes_no_names && other.is_alias() {
            return;
        }
        other.set_unique(unique);
        if Arc::ptr_eq(&person, &moved) {
            return;
        }
        if other.is_alias() {
            // A name of somebody else: it changes hands alone.
            return self.rename(user, unique, (&moved, &person), moment.now);
        }
        let Some(mut estate) = moved.move_out(&self.ledger) else { return };
        let mut names: Vec<Box<str>> = vec![moved.code().into()];
        if let Some(more) = &mut estate.more {
            names.append(&mut more.names);
        }
        let marks: Vec<(Box<str>, bool)> = names
            .into_iter()
            .map(|name| {
                let entry =
                    if *name == *moved.code() { Some(Arc::clone(&moved)) } else { self.entry_of(&name) };
                let unique = entry.is_some_and(|entry| entry.is_unique());
                (name, unique)
            })
            .collect();
        let mut estate = Some(estate);
        let adopted = person.change(moment.now, self.shared(), |mut known| {
            estate.take().into_iter().for_each(|estate| known.adopt(estate, moment));
            known.add_names(marks.iter().map(|(name, _)| name.clone()), moment.now);
            known.news()
        });
        for (name, unique) in &marks {
            let alias = Arc::new(Visitor::alias(name, Arc::clone(&person)));
            alias.set_unique(*unique);
            let hash = self.hash(name);
            self.shard(hash).replace(hash, alias);
        }
        moved.moved(&person);
        self.tell(&person, adopted.as_ref().ok().copied().flatten());
        if let Some(mut estate) = estate {
            // The person left the store in this instant, and what it was to have with it: its other
            // names go too.
            if let Some(more) = estate.more.as_deref_mut() {
                more.outbox.drop_where(End::GivenUp, |_| true);
            }
            self.remove_names(&marks.into_iter().map(|(name, _)| name).collect::<Vec<_>>());
        }
    }

    /// Lets a further name of one person be one of another.
    fn rename(&self, name: &str, unique: bool, (from, to): (&Arc<Visitor>, &Arc<Visitor>), now: i64) {
        self.change_known(from, |known| known.drop_name(name));
        if self.change_known(to, |known| known.add_names(std::iter::once(name.into()), now)).is_none() {
            return;
        }
        let alias = Arc::new(Visitor::alias(name, Arc::clone(to)));
        alias.set_unique(unique);
        let hash = self.hash(name);
        let before = self.entry_of(name);
        self.shard(hash).replace(hash, alias);
        // Whoever holds the old entry looks again.
        before.into_iter().for_each(|before| before.rename());
    }
}
