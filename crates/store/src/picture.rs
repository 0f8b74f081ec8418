//! Small pictures, each under the hash of what it holds, so that one that is kept twice is there once and never changes.

use danggol_core::picture::PictureKind;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::Conn;
use crate::error::StoreError;
use crate::schema::PICTURE;

const FIND: &str = "SELECT media_type, data FROM picture WHERE picture_id = $1";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[FIND];

/// A picture as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The hash of its bytes.
    pub id: String,
    /// What kind.
    pub kind: PictureKind,
    /// Its bytes as base64.
    pub data: String,
}

impl BindRow for Picture {
    fn bind(&self, to: &mut Binder<'_>) {
        to.text(&self.id);
        to.text(self.kind.media_type());
        to.text(&self.data);
    }
}

/// Keeps a picture, where it is not there yet.
pub fn keep(conn: &mut Conn, picture: &Picture) -> Result<(), StoreError> {
    conn.insert_rows(&PICTURE, Conflict::Skip { on: &["picture_id"] }, std::iter::once(picture)).map(drop)
}

/// A picture.
pub fn find(conn: &mut Conn, id: &str) -> Result<Option<Picture>, StoreError> {
    let found = conn.query_one(FIND, &[id.into()], |row| Ok((row.text(0)?, row.text(1)?)))?;
    let Some((media_type, data)) = found else { return Ok(None) };
    let kind = PictureKind::from_media_type(&media_type).ok_or_else(|| StoreError::Damaged(format!("the picture {id}")))?;
    Ok(Some(Picture { id: id.to_owned(), kind, data }))
}
