//! Looks for an order of the calls of a row in which each finds what it found.

use super::done::{Done, Rank};
use super::events::{Event, Events, Span};
use super::row::{After, RowHistory};
use super::state::{Move, Register, State};
use crate::history::{Makes, Requires};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// What the search has found.
#[derive(Debug)]
pub(super) struct Found {
    /// How many states the search went on from.
    pub(super) states: usize,
    /// `None`: there is an order.
    pub(super) stuck: Option<Stuck>,
}

/// There is no order.
#[derive(Debug)]
pub(super) struct Stuck {
    /// The longest order that was found, as indices of the steps.
    pub(super) prefix: Vec<usize>,
    /// The state behind it, for a reader.
    pub(super) state: String,
    /// The steps of which one would have to be next. The index behind the last step is what was
    /// found at the end.
    pub(super) next: Vec<usize>,
    /// The steps that were chosen at any time.
    pub(super) tried: HashSet<usize>,
}

/// Looks for an order.
pub(super) fn search(history: &RowHistory) -> Found {
    Search::of(history).run()
}

/// A call in the search. Its index is that of the step; the last one is what was found at the end.
struct Candidate {
    does: Move,
    rank: Rank,
    only_reads: bool,
    /// Has to be done before: the step before in the stream, or an interchangeable call.
    behind: Option<usize>,
}

struct Search<'h> {
    register: Register<'h>,
    candidates: Vec<Candidate>,
    /// Without this many that must take effect there is no order.
    must: usize,
    events: Events,
    done: Done,
    state: State,
    /// The order.
    order: Vec<Chosen>,
    /// How many of those in the order must take effect.
    placed: usize,
    seen: HashSet<(Box<[u64]>, State)>,
    /// How many states the search went on from.
    states: usize,
    /// The longest order that was found, and how long it is.
    longest: Option<((usize, Reverse<usize>), Stuck)>,
}

/// A call in the order, and the state before it.
struct Chosen {
    call: usize,
    before: State,
    /// Another call may be tried in its place.
    is_choice: bool,
}

/// Which calls are looked at. Those that must take effect are tried first: most calls without an
/// answer never did.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Must,
    May,
}

impl<'h> Search<'h> {
    fn of(history: &'h RowHistory) -> Self {
        let register = Register::of(history);
        let mut moves: Vec<_> = history
            .steps
            .iter()
            .map(|step| {
                let call = &step.call;
                register.make_move(&call.requires, &call.makes, call.leaves.as_ref())
            })
            .collect();
        let mut spans: Vec<_> = history
            .steps
            .iter()
            .map(|step| Span {
                from: step.from,
                by: step.by,
            })
            .collect();
        if let After::Row(contents) = &history.after {
            // A read behind all calls. It is not behind those without an end.
            let requires = contents
                .clone()
                .map_or(Requires::Absent, Requires::Contents);
            moves.push(register.make_move(&requires, &Makes::Nothing, None));
            spans.push(Span {
                from: u64::MAX,
                by: Some(u64::MAX),
            });
        }
        let ranks = ranks(&spans);
        let must = spans.iter().filter(|span| span.by.is_some()).count();
        let behind = behind(history, &moves);
        let mut candidates = Vec::with_capacity(moves.len());
        for (call, does) in moves.into_iter().enumerate() {
            candidates.push(Candidate {
                does,
                rank: ranks[call],
                only_reads: history.steps.get(call).is_none_or(|step| step.only_reads()),
                behind: behind.get(call).copied().flatten(),
            });
        }
        Self {
            state: register.state(history.before.as_ref()),
            register,
            must,
            events: Events::of(&spans),
            done: Done::new(must, spans.len() - must),
            candidates,
            order: Vec::new(),
            placed: 0,
            seen: HashSet::new(),
            states: 0,
            longest: None,
        }
    }

    fn run(mut self) -> Found {
        let mut tried = HashSet::new();
        let mut next = self.go_on();
        while self.placed < self.must {
            let chosen = next.and_then(|(pass, from)| self.choose(pass, from));
            if let Some(call) = chosen {
                tried.insert(call);
                next = self.go_on();
                continue;
            }
            self.note();
            match self.go_back() {
                Some(call) => next = Some((self.pass_of(call), self.events.behind(call))),
                None => break,
            }
        }
        let is_stuck = self.placed < self.must;
        Found {
            states: self.states,
            stuck: self
                .longest
                .filter(|_| is_stuck)
                .map(|(_, stuck)| Stuck { tried, ..stuck }),
        }
    }

    /// Puts the reads into the order that can be next, and returns where to look for the next
    /// choice: nowhere, if it is not worth it.
    fn go_on(&mut self) -> Option<(Pass, Event)> {
        self.read_all();
        let is_worth_it = self.is_worth_it();
        self.states += usize::from(is_worth_it);
        is_worth_it.then(|| (Pass::Must, self.events.first()))
    }

    /// Notes the order, if it is the longest one so far. Of those that are equally long, one with
    /// few calls that need not be in it.
    fn note(&mut self) {
        let reach = (self.placed, Reverse(self.order.len()));
        let is_longer = self
            .longest
            .as_ref()
            .is_none_or(|(reached, _)| reach > *reached);
        if is_longer {
            self.longest = Some((reach, self.stuck()));
        }
    }

    fn pass_of(&self, call: usize) -> Pass {
        match self.candidates[call].rank {
            Rank::Must(_) => Pass::Must,
            Rank::May(_) => Pass::May,
        }
    }

    /// Is it the first time that these calls are in the order and lead to this state, and can it go
    /// on? The key is the whole set, no hash of it: a history that is wrong is never taken for one
    /// that was seen.
    fn is_worth_it(&mut self) -> bool {
        self.seen.insert((self.done.key(), self.state)) && self.can_go_on()
    }

    /// Can the call that ends first still find the version that it needs? Only calls that began
    /// before its end can come before it.
    fn can_go_on(&self) -> bool {
        let mut begun = Vec::new();
        let mut event = self.events.first();
        while let Event::Begins(call) = event {
            begun.push(&self.candidates[call].does);
            event = self.events.behind(call);
        }
        let Event::Ends(first) = event else {
            return true;
        };
        let needs = self.candidates[first].does.needs_version();
        needs.is_none_or(|version| {
            let begun = begun.into_iter();
            self.register.can_come(self.state, version, begun)
        })
    }

    /// Puts the first call from this place on into the order that can be next.
    fn choose(&mut self, mut pass: Pass, mut from: Event) -> Option<usize> {
        loop {
            match from {
                Event::Begins(call) => {
                    if self.pass_of(call) == pass && self.try_call(call, true) {
                        return Some(call);
                    }
                    from = self.events.behind(call);
                }
                // A call that begins behind an end cannot come before the call that has ended.
                Event::Ends(_) | Event::Nothing if pass == Pass::Must => {
                    pass = Pass::May;
                    from = self.events.first();
                }
                Event::Ends(_) | Event::Nothing => return None,
            }
        }
    }

    /// Puts all reads into the order that can be next and find what they found. They leave the
    /// state as it is: in whatever order comes later each of them can be moved to this place, so
    /// that nothing else need be tried.
    fn read_all(&mut self) {
        let mut from = self.events.first();
        while let Event::Begins(call) = from {
            if self.candidates[call].only_reads {
                self.try_call(call, false);
            }
            // Without the end of a read, calls behind it can be next.
            from = self.events.behind(call);
        }
    }

    /// Puts the call into the order if it can be next. As a read that is no choice, only if the
    /// state stays.
    fn try_call(&mut self, call: usize, is_choice: bool) -> bool {
        let candidate = &self.candidates[call];
        let waits = candidate
            .behind
            .is_some_and(|earlier| !self.done.has(self.candidates[earlier].rank));
        if waits {
            return false;
        }
        let before = self.state;
        let Some(state) = self.register.step(before, &candidate.does) else {
            return false;
        };
        let is_must = matches!(candidate.rank, Rank::Must(_));
        if !is_choice && state != before {
            return false;
        }
        self.done.flip(candidate.rank);
        self.events.lift(call, is_must);
        self.placed += usize::from(is_must);
        self.state = state;
        self.order.push(Chosen {
            call,
            before,
            is_choice,
        });
        true
    }

    /// Takes calls out of the order, back to the last choice, and returns which call that was.
    fn go_back(&mut self) -> Option<usize> {
        while let Some(last) = self.order.pop() {
            let rank = self.candidates[last.call].rank;
            let is_must = matches!(rank, Rank::Must(_));
            self.done.flip(rank);
            self.events.put_back(last.call, is_must);
            self.placed -= usize::from(is_must);
            self.state = last.before;
            if last.is_choice {
                return Some(last.call);
            }
        }
        None
    }

    /// Describes where the search is now.
    fn stuck(&self) -> Stuck {
        let mut next = Vec::new();
        let mut from = self.events.first();
        while let Event::Begins(call) = from {
            next.push(call);
            from = self.events.behind(call);
        }
        Stuck {
            prefix: self.order.iter().map(|chosen| chosen.call).collect(),
            state: self.register.describe(self.state),
            next,
            tried: HashSet::new(),
        }
    }
}

/// Numbers the calls that have an end in the order of their ends, and the others by themselves.
fn ranks(spans: &[Span]) -> Vec<Rank> {
    let mut by_end: Vec<_> = (0..spans.len()).collect();
    by_end.sort_by_key(|call| spans[*call].by);
    let mut ranks = vec![Rank::May(0); spans.len()];
    let (mut must, mut may) = (0, 0);
    for call in by_end {
        let (rank, next) = match spans[call].by {
            Some(_) => (Rank::Must(must), &mut must),
            None => (Rank::May(may), &mut may),
        };
        ranks[call] = rank;
        *next += 1;
    }
    ranks
}

/// For each step, the one that has to be done before it.
fn behind(history: &RowHistory, moves: &[Move]) -> Vec<Option<usize>> {
    let steps = &history.steps;
    let mut behind = vec![None; steps.len()];
    let mut in_stream = HashMap::new();
    let mut by_end: Vec<_> = (0..steps.len()).collect();
    by_end.sort_by_key(|step| steps[*step].by);
    for step in by_end {
        if let Some(stream) = steps[step].stream {
            behind[step] = in_stream.insert(stream, step);
        }
    }
    // Of calls that need not take effect and do the same, the one that began first is as good as
    // any: without this, n of them would be tried in all their 2^n sets.
    let mut twins = HashMap::new();
    let mut by_start: Vec<_> = (0..steps.len()).collect();
    by_start.sort_by_key(|step| steps[*step].from);
    for step in by_start {
        if steps[step].by.is_none() {
            behind[step] = twins.insert(moves[step], step);
        }
    }
    behind
}
