//! Memory that large work leaves behind.

/// Gives memory that nothing uses any more back to the system: the allocator keeps what work over all members has freed, for ever on a machine
/// that does such work once a day. It takes milliseconds; call it after such work and not between requests.
/// Source: GNU C Library, `malloc_trim(3)`; other systems' allocators give memory back by themselves.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: the call takes no pointer and frees only what is free; it may be made from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}
