//! An allocator that counts, and the function in which all is counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The system's allocator, which counts what Rust asks it for. SQLite's own allocations go past it.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

fn count(size: usize) {
    ALLOCATIONS.fetch_add(1, Relaxed);
    BYTES.fetch_add(size as u64, Relaxed);
}

// SAFETY: each method is that of the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller vouches for the layout.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller vouches for the layout.
        unsafe { System.alloc_zeroed(layout) }
    }

    /// Counts as an allocation of the new size: a `Vec` that grows may be moved.
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the caller vouches for the pointer, its layout and the size.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller vouches for the pointer and its layout.
        unsafe { System.dealloc(at, layout) }
    }
}

/// How often memory was allocated, and how many bytes in all.
pub(crate) struct Allocations {
    pub(crate) number: u64,
    pub(crate) bytes: u64,
}

fn so_far() -> Allocations {
    Allocations {
        number: ALLOCATIONS.load(Relaxed),
        bytes: BYTES.load(Relaxed),
    }
}

/// The name of [`counted`] in the program.
pub(crate) const COUNTED: &str = "optlock_counted";

/// Does the work, and returns what it allocated. Callgrind counts the instructions from where this function begins to
/// where it ends, so it has a name that callgrind can be told, and is never inlined.
#[unsafe(export_name = "optlock_counted")]
#[inline(never)]
pub(crate) fn counted(work: &mut dyn FnMut()) -> Allocations {
    let before = so_far();
    work();
    let after = so_far();
    Allocations {
        number: after.number - before.number,
        bytes: after.bytes - before.bytes,
    }
}
