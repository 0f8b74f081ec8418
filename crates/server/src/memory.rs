//! Where memory comes from, and what large work leaves behind.

use danggol_store::Store;
use mimalloc::MiMalloc;

/// Answers, rows and commands are made of many small pieces that one thread makes and another frees.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Gives memory that nothing uses any more back to the system: allocators keep what work over all members has freed, for ever on a machine
/// that does such work once a day. It takes milliseconds; call it after such work and not between requests.
/// Source: `mi_collect` of mimalloc, from which our own memory is; GNU C Library, `malloc_trim(3)`, from which SQLite's is.
pub async fn give_back(store: &Store) {
    if let Err(error) = store.give_back().await {
        tracing::warn!(%error, "the writer keeps its pages in memory");
    }
    // SAFETY: the call takes no pointer and frees only what is free; it may be made from any thread.
    unsafe { libmimalloc_sys::mi_collect(true) };
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: as above.
    unsafe {
        libc::malloc_trim(0);
    }
}
