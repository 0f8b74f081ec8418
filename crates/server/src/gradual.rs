//! Large writes, a part at a time, so that purchases pass between them.

use std::time::Instant;

use danggol_store::{Conn, StoreError};

use crate::app::App;

/// The most rows that are written at once: purchases wait for them.
const ROWS_MAX: usize = 500;
/// How many times as long as a part took the writer is left to others before the next.
const PAUSE: u32 = 3;

/// Writes rows part by part, each in a transaction of its own; `written` is told how many each part had.
pub async fn write<T: Clone + Send + 'static>(
    app: &App,
    rows: &[T],
    keep: fn(&mut Conn, &[T]) -> Result<(), StoreError>,
    written: impl Fn(usize),
) -> Result<(), StoreError> {
    for part in rows.chunks(ROWS_MAX) {
        let (part, count, began) = (part.to_vec(), part.len(), Instant::now());
        app.store.write(move |conn| keep(conn, &part)).await?;
        written(count);
        tokio::time::sleep(began.elapsed() * PAUSE).await;
    }
    Ok(())
}
