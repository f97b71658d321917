//! Groups rows by keys and sessions: bursts of rows of one key with no more than a gap between neighbours.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use headwater::{Agg, Expr};
use polars::prelude::DataFrame;

use super::aggregation::{Aggregation, put_late_aside};
use super::{OpenWindow, Operator, Output, Report, StateSize};
use crate::runtime::Share;
use crate::state::accumulator::{Accumulator, Rows};
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::groups::{decode, encode, encoders};
use crate::{Batch, Error, ErrorKind, Message, Result};

/// The `group_by(…).window(session(…)).agg(…)` step.
///
/// A row opens `[time, time + gap)`, and two such stretches of a key that overlap or touch are one session: rows exactly the gap apart
/// belong together. A session is emitted, and forgotten, when the watermark reaches its end: a row a
/// millisecond before that would still belong to it, whichever partition it comes from. It is not opened again: a row that would
/// have touched it begins a new one, unless its own stretch is over too; then it is late: counted, and put
/// [aside](Message::Aside). A row without event time
/// belongs to no session. Rows come out ordered by session, then by key; `window_start` is the time of the first row, `window_end` the
/// time of the last plus the gap.
///
/// ```
/// use headwater::prelude::*;
/// use headwater_exec::operators::{Operator, SessionAggregate, SessionsOf};
/// use headwater_exec::{Batch, Message};
/// use polars::prelude::df;
///
/// let spec = SessionsOf { event_time: "ts".into(), gap_ms: 30, keys: vec![col("visitor")], aggs: vec![count()] };
/// let rows = df!("ts" => [0_i64, 30, 61], "visitor" => ["Ann", "Ann", "Ann"])?;
/// let mut sessions = SessionAggregate::new(&spec, &rows.clear())?;
/// let mut out = Vec::new();
/// sessions.on_batch(Batch { partition: 0, frame: rows }, &mut out)?;
/// sessions.on_watermark(60, &mut out)?;
/// let [Message::Batch(batch), Message::Watermark(60)] = &out[..] else { panic!("{out:?}") };
/// assert_eq!(batch.frame.column("count")?.i64()?.to_vec(), [Some(2)]); // 61 is more than the gap away
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SessionAggregate {
    aggregation: Aggregation,
    gap: i64,
    /// Open sessions and free places.
    sessions: Vec<Session>,
    free: Vec<u32>,
    /// The sessions of each key.
    by_key: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// When to look at a session again: never after its end. One that has grown since is put back with its new end.
    due: BinaryHeap<Reverse<(i64, u32)>>,
    accumulators: Vec<Box<dyn Accumulator>>,
    /// Whether a row comes out whenever one changes, instead of one when a session is complete.
    changing: bool,
    watermark: i64,
    late: u64,
}

/// What is grouped and aggregated.
#[derive(Clone, Debug)]
pub struct SessionsOf {
    /// The event-time column.
    pub event_time: String,
    /// The silence that ends a session, milliseconds.
    pub gap_ms: i64,
    /// The keys.
    pub keys: Vec<Expr>,
    /// The aggregates.
    pub aggs: Vec<Agg>,
}

/// A session, or a free place. Its number is the group of its rows in every accumulator.
#[derive(Debug)]
struct Session {
    key: Box<[u8]>,
    hash: u64,
    first: i64,
    last: i64,
    open: bool,
    /// The end it stands under in the queue.
    due: i64,
}

/// What a batch did to sessions, to be carried out on the accumulators.
#[derive(Default)]
struct Changes {
    rows: Vec<u32>,
    /// The session of each row when it came.
    sessions: Vec<u32>,
    /// Which session was taken into which, in order.
    joined: Vec<(u32, u32)>,
    /// The rows that are late.
    late: Vec<u32>,
}

impl Changes {
    /// The session that each row is in at the end of the batch.
    fn resolved(&self) -> Vec<u32> {
        let taken: HashMap<u32, u32> = self.joined.iter().copied().collect();
        let resolve = |session: &u32| {
            let mut session = *session;
            while let Some(into) = taken.get(&session) {
                session = *into;
            }
            session
        };
        self.sessions.iter().map(resolve).collect()
    }
}

const LAYOUT: u8 = 1;
const NAME: &str = "`agg` of sessions";

impl SessionAggregate {
    /// An aggregation of rows with the columns of `input`, a frame whose rows do not matter.
    ///
    /// # Errors
    /// A key or an aggregate does not fit these columns, or the gap is less than a millisecond.
    pub fn new(spec: &SessionsOf, input: &DataFrame) -> Result<Self> {
        if spec.gap_ms < 1 {
            return Err(Error::new(ErrorKind::Plan, "a session needs a gap of at least one millisecond"));
        }
        let aggregation = Aggregation::new(&spec.event_time, &spec.keys, &spec.aggs, input)?;
        Ok(SessionAggregate {
            accumulators: aggregation.accumulators(),
            aggregation,
            gap: spec.gap_ms,
            sessions: Vec::new(),
            free: Vec::new(),
            by_key: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            due: BinaryHeap::new(),
            changing: false,
            watermark: i64::MIN,
            late: 0,
        })
    }

    /// The `group_by(…).expire_after(…).agg(…)` step, without a window: each batch brings out the newest row of every key that it changed.
    /// A key is forgotten when it had no row for the gap; what it has until then is its session, so forgetting follows from the rows
    /// alone, and not from when the watermark comes by. Of a key with two sessions the newer one counts.
    ///
    /// # Errors
    /// As for [`SessionAggregate::new`].
    pub fn changing(spec: &SessionsOf, input: &DataFrame) -> Result<Self> {
        Ok(SessionAggregate { changing: true, ..SessionAggregate::new(spec, input)? })
    }

    /// The output without rows.
    ///
    /// # Errors
    /// Two columns have the same name.
    pub fn output(&self) -> Result<DataFrame> {
        self.aggregation.frame(self.aggregation.results(), !self.changing)
    }

    /// Of these sessions those that are the newest of their key, in the order of the keys.
    fn newest(&self, mut sessions: Vec<u32>) -> Vec<u32> {
        sessions.sort_unstable();
        sessions.dedup();
        sessions.retain(|number| {
            let own = &self.sessions[*number as usize];
            let newer = |other: &u32| {
                let other = &self.sessions[*other as usize];
                other.key == own.key && other.last > own.last
            };
            !self.by_key.iter_hash(own.hash).any(newer)
        });
        sessions
            .sort_unstable_by(|one, other| self.sessions[*one as usize].key.cmp(&self.sessions[*other as usize].key));
        sessions
    }

    /// The open sessions of a key that a row of this time touches: none, one, or two that it joins.
    fn touched(&self, hash: u64, key: &[u8], time: i64) -> [Option<u32>; 2] {
        let mut found = [None; 2];
        let touches = |number: &u32| {
            let session = &self.sessions[*number as usize];
            *session.key == *key
                && session.first.saturating_sub(self.gap) <= time
                && time <= session.last.saturating_add(self.gap)
        };
        let mut touching = self.by_key.iter_hash(hash).filter(|number| touches(number));
        found[0] = touching.next().copied();
        found[1] = touching.next().copied();
        found
    }

    /// Takes a row into its session.
    fn take(&mut self, row: u32, key: &[u8], time: i64, changes: &mut Changes) {
        let hash = self.hasher.hash_one(key);
        let number = match self.touched(hash, key, time) {
            [None, _] if time.saturating_add(self.gap) <= self.watermark => {
                changes.late.push(row);
                return;
            }
            [None, _] => self.open(key.into(), hash, time, time),
            [Some(one), None] => one,
            [Some(one), Some(other)] => {
                let (into, from) = (one.min(other), one.max(other));
                let (first, last) = (self.sessions[from as usize].first, self.sessions[from as usize].last);
                self.forget(from);
                self.stretch(into, first, last);
                changes.joined.push((from, into));
                into
            }
        };
        self.stretch(number, time, time);
        changes.rows.push(row);
        changes.sessions.push(number);
    }

    fn open(&mut self, key: Box<[u8]>, hash: u64, first: i64, last: i64) -> u32 {
        let due = last.saturating_add(self.gap);
        let session = Session { key, hash, first, last, open: true, due };
        let number = match self.free.pop() {
            Some(number) => {
                self.sessions[number as usize] = session;
                number
            }
            None => {
                self.sessions.push(session);
                u32::try_from(self.sessions.len() - 1).expect("four thousand million sessions do not fit into memory")
            }
        };
        let sessions = &self.sessions;
        self.by_key.insert_unique(hash, number, |number| sessions[*number as usize].hash);
        self.due.push(Reverse((due, number)));
        number
    }

    fn stretch(&mut self, number: u32, first: i64, last: i64) {
        let session = &mut self.sessions[number as usize];
        session.first = session.first.min(first);
        session.last = session.last.max(last);
    }

    /// Takes a session out; its place is not free yet.
    fn forget(&mut self, number: u32) {
        let session = &mut self.sessions[number as usize];
        session.open = false;
        session.key = Box::default();
        if let Ok(found) = self.by_key.find_entry(session.hash, |other| *other == number) {
            found.remove();
        }
    }

    /// The sessions that are complete, by their start, end and key.
    fn complete(&mut self) -> Vec<u32> {
        let mut complete = Vec::new();
        while let Some(Reverse((due, number))) = self.due.peek().copied() {
            if due > self.watermark {
                break;
            }
            self.due.pop();
            let session = &mut self.sessions[number as usize];
            if !session.open || session.due != due {
                continue;
            }
            let end = session.last.saturating_add(self.gap);
            if end > self.watermark {
                session.due = end;
                self.due.push(Reverse((end, number)));
            } else {
                session.due = i64::MIN;
                complete.push(number);
            }
        }
        complete.sort_unstable_by(|one, other| self.order(*one).cmp(&self.order(*other)));
        complete
    }

    fn order(&self, number: u32) -> (i64, i64, &[u8]) {
        let session = &self.sessions[number as usize];
        (session.first, session.last, &session.key)
    }

    /// The results of these sessions.
    fn results(&self, sessions: &[u32]) -> Result<DataFrame> {
        let mut results = self.aggregation.results();
        for number in sessions {
            let session = &self.sessions[*number as usize];
            decode(&session.key, &mut results.keys).expect("a key in memory is one that was encoded");
            results.bounds(1, session.first, session.last.saturating_add(self.gap));
        }
        for (accumulator, out) in self.accumulators.iter().zip(&mut results.aggs) {
            accumulator.finish(sessions, out);
        }
        self.aggregation.frame(results, !self.changing)
    }

    /// Forgets these sessions; their places are free.
    fn close(&mut self, complete: &[u32]) {
        for accumulator in &mut self.accumulators {
            complete.iter().for_each(|number| accumulator.clear(*number));
        }
        for number in complete {
            self.forget(*number);
            self.free.push(*number);
        }
    }

    /// Takes up those sessions of a checkpoint that are `held`, with what was accumulated of all of them.
    fn take_up(&mut self, sessions: Vec<(Box<[u8]>, i64, i64)>, held: &[bool], accumulated: &[Box<dyn Accumulator>]) {
        let mut into = Vec::with_capacity(sessions.len());
        for (key, first, last) in sessions {
            let hash = self.hasher.hash_one(&*key);
            into.push(self.open(key, hash, first, last));
        }
        let total = self.sessions.len();
        for (own, theirs) in self.accumulators.iter_mut().zip(accumulated) {
            own.merge(total, theirs.as_ref(), &into);
        }
        let others: Vec<u32> =
            into.into_iter().zip(held).filter(|(_, held)| !**held).map(|(number, _)| number).collect();
        self.close(&others);
    }

    /// The open sessions, by key and time.
    fn ordered(&self) -> Vec<u32> {
        let mut open: Vec<u32> =
            (0_u32..).zip(&self.sessions).filter(|(_, session)| session.open).map(|(number, _)| number).collect();
        open.sort_unstable_by(|one, other| {
            let (one, other) = (&self.sessions[*one as usize], &self.sessions[*other as usize]);
            (&one.key, one.first).cmp(&(&other.key, other.first))
        });
        open
    }
}

impl Operator for SessionAggregate {
    fn on_batch(&mut self, batch: Batch, out: &mut Output) -> Result<()> {
        let taken = self.aggregation.take(&batch)?;
        let encoders = encoders(&taken.keys);
        let (mut key, mut changes) = (Vec::new(), Changes::default());
        for (row, time) in taken.times.iter().enumerate() {
            let Some(time) = *time else { continue };
            key.clear();
            encode(&encoders, row, &mut key);
            self.take(row as u32, &key, time, &mut changes);
        }
        let groups = changes.resolved();
        let rows = Rows { total: self.sessions.len(), groups: &groups, rows: &changes.rows };
        for (accumulator, input) in self.accumulators.iter_mut().zip(taken.inputs()) {
            // What was there before the batch came first.
            changes.joined.iter().for_each(|(from, into)| accumulator.join(*from, *into));
            accumulator.update(rows, &input);
        }
        // Only now: a place that was taken again at once would get the rows of two sessions.
        self.free.extend(changes.joined.iter().map(|(from, _)| *from));
        self.late += changes.late.len() as u64;
        put_late_aside(&batch, changes.late, out)?;
        if self.changing && !groups.is_empty() {
            let newest = self.newest(groups);
            out.push(Message::Batch(Batch { partition: 0, frame: self.results(&newest)? }));
        }
        Ok(())
    }

    fn on_watermark(&mut self, watermark: i64, out: &mut Output) -> Result<()> {
        self.watermark = self.watermark.max(watermark);
        let complete = self.complete();
        if !complete.is_empty() && !self.changing {
            out.push(Message::Batch(Batch { partition: 0, frame: self.results(&complete)? }));
        }
        self.close(&complete);
        out.push(Message::Watermark(watermark));
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>> {
        let mut state = StateWriter::new(LAYOUT);
        let open = self.ordered();
        state.int(self.watermark);
        state.count(open.len());
        for number in &open {
            let session = &self.sessions[*number as usize];
            state.run(&session.key);
            state.int(session.first);
            state.int(session.last);
        }
        self.accumulators.iter().for_each(|accumulator| accumulator.save(&open, &mut state));
        Ok(state.finish())
    }

    fn restore(&mut self, states: &[&[u8]], share: Share) -> Result<()> {
        let mut watermark = None;
        for state in states {
            let mut state = StateReader::new(NAME, state, LAYOUT)?;
            watermark = state.watermark(watermark)?;
            let mut sessions: Vec<(Box<[u8]>, i64, i64)> = Vec::new();
            for _ in 0..state.count()? {
                sessions.push((state.run()?.into(), state.int()?, state.int()?));
            }
            let mut accumulated = self.aggregation.accumulators();
            accumulated.iter_mut().try_for_each(|accumulator| accumulator.load(sessions.len(), &mut state))?;
            let held = self.aggregation.held(sessions.iter().map(|(key, ..)| &**key), share)?;
            let held = held.filter(|_| sessions.iter().all(|(_, first, last)| first <= last));
            self.take_up(sessions, &held.ok_or_else(|| state.damaged())?, &accumulated);
            state.finish()?;
        }
        self.watermark = watermark.unwrap_or(i64::MIN);
        Ok(())
    }

    fn keys(&self) -> Option<Vec<Expr>> {
        Some(self.aggregation.key_exprs())
    }

    fn report(&self) -> Report {
        Report { late: self.late, ..Report::default() }
    }

    fn state_size(&self) -> StateSize {
        let keys: usize = self.sessions.iter().map(|session| session.key.len()).sum();
        let own =
            self.sessions.capacity() * size_of::<Session>() + self.due.capacity() * 16 + self.by_key.capacity() * 5;
        let accumulated: usize = self.accumulators.iter().map(|accumulator| accumulator.bytes()).sum();
        StateSize { rows: 0, keys: self.by_key.len() as u64, bytes: (keys + own + accumulated) as u64 }
    }

    fn open_windows(&self) -> Vec<OpenWindow> {
        let open = self.sessions.iter().filter(|session| session.open && !self.changing);
        // It waits a millisecond longer than a window of this end would.
        let end = |session: &Session| session.last.saturating_add(self.gap).saturating_add(1);
        open.map(|session| OpenWindow { start: session.first, end: end(session) }).collect()
    }
}

#[cfg(test)]
mod tests;
