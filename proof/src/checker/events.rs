//! The beginnings and ends of calls in the order of time, as a doubly linked list: a call that was
//! put into the order is lifted out of the list, and put back when the search goes back.

/// One call, as a span of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) from: u64,
    /// `None`: it has no end.
    pub(super) by: Option<u64>,
}

#[derive(Debug)]
pub(super) struct Events {
    next: Vec<usize>,
    previous: Vec<usize>,
    calls: usize,
}

/// A place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Begins(usize),
    Ends(usize),
    /// Behind the last one.
    Nothing,
}

impl Events {
    pub(super) fn of(spans: &[Span]) -> Self {
        let calls = spans.len();
        // The node of a call's beginning is its number, that of its end lies `calls` behind.
        let mut order = Vec::with_capacity(2 * calls);
        for (call, span) in spans.iter().enumerate() {
            order.push((span.from, call));
            // So at one time ends come last: calls that only touch have no order.
            order.extend(span.by.map(|by| (by, call + calls)));
        }
        order.sort_unstable();
        let (head, tail) = (2 * calls, 2 * calls + 1);
        let mut events = Self {
            next: vec![tail; 2 * calls + 2],
            previous: vec![head; 2 * calls + 2],
            calls,
        };
        let mut last = head;
        for (_, node) in order {
            events.link(last, node);
            last = node;
        }
        events.link(last, tail);
        events
    }

    fn link(&mut self, left: usize, right: usize) {
        self.next[left] = right;
        self.previous[right] = left;
    }

    fn event(&self, node: usize) -> Event {
        if node < self.calls {
            Event::Begins(node)
        } else if node < 2 * self.calls {
            Event::Ends(node - self.calls)
        } else {
            Event::Nothing
        }
    }

    pub(super) fn first(&self) -> Event {
        self.event(self.next[2 * self.calls])
    }

    /// What comes behind the beginning of a call, which need not be in the list any more.
    pub(super) fn behind(&self, call: usize) -> Event {
        self.event(self.next[call])
    }

    pub(super) fn lift(&mut self, call: usize, has_end: bool) {
        // The end first, so that what comes behind the beginning is never the call's own end.
        if has_end {
            self.lift_node(call + self.calls);
        }
        self.lift_node(call);
    }

    /// Undoes the last [`lift`](Self::lift) that was not undone.
    pub(super) fn put_back(&mut self, call: usize, has_end: bool) {
        self.put_back_node(call);
        if has_end {
            self.put_back_node(call + self.calls);
        }
    }

    /// The node keeps its own links, for the way back.
    fn lift_node(&mut self, node: usize) {
        self.link(self.previous[node], self.next[node]);
    }

    fn put_back_node(&mut self, node: usize) {
        let (previous, next) = (self.previous[node], self.next[node]);
        self.next[previous] = node;
        self.previous[next] = node;
    }
}
