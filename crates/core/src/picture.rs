//! Small pictures, known by what they hold and not by what somebody calls them: PNG (W3C, third edition, §5 and §11.2), JPEG (ITU-T T.81,
//! annex B) and WebP (RFC 9649).

/// The most bytes of a picture.
pub const MAX_BYTES: usize = 256 << 10;
/// The longest side, in pixels.
pub const MAX_SIDE: u32 = 2_048;

/// What kind of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
}

impl PictureKind {
    /// All of them.
    pub const ALL: [PictureKind; 3] = [PictureKind::Png, PictureKind::Jpeg, PictureKind::Webp];

    /// The media type, which is also the word in the database.
    pub fn media_type(self) -> &'static str {
        match self {
            PictureKind::Png => "image/png",
            PictureKind::Jpeg => "image/jpeg",
            PictureKind::Webp => "image/webp",
        }
    }

    /// The kind of that media type.
    pub fn from_media_type(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.media_type() == word)
    }
}

/// Why bytes are no picture that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFault {
    /// More than [`MAX_BYTES`].
    TooLarge,
    /// Neither PNG nor JPEG nor WebP, or not whole.
    NoPicture,
    /// A side is longer than [`MAX_SIDE`].
    TooWide,
}

/// What kind of picture some bytes are.
///
/// # Errors
/// Bytes that are none, or one that is too large.
pub fn read(bytes: &[u8]) -> Result<PictureKind, PictureFault> {
    if bytes.len() > MAX_BYTES {
        return Err(PictureFault::TooLarge);
    }
    let readers = [(PictureKind::Png, png(bytes)), (PictureKind::Jpeg, jpeg(bytes)), (PictureKind::Webp, webp(bytes))];
    let found = readers.into_iter().find_map(|(kind, sides)| Some((kind, sides?)));
    let (kind, sides) = found.ok_or(PictureFault::NoPicture)?;
    match sides.into_iter().max() {
        Some(1..=MAX_SIDE) if sides.iter().all(|side| *side > 0) => Ok(kind),
        Some(0) | None => Err(PictureFault::NoPicture),
        Some(_) if sides.contains(&0) => Err(PictureFault::NoPicture),
        Some(_) => Err(PictureFault::TooWide),
    }
}

/// The bytes from a place on, as many as there are in the array.
fn at<const N: usize>(bytes: &[u8], from: usize) -> Option<[u8; N]> {
    bytes.get(from..from.checked_add(N)?)?.try_into().ok()
}

/// Width and height of a PNG that begins with its header and ends with its end.
fn png(bytes: &[u8]) -> Option<[u32; 2]> {
    const END: &[u8] = b"\0\0\0\0IEND\xaeB`\x82";
    let is_png = bytes.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") && bytes.ends_with(END);
    is_png.then_some(())?;
    Some([u32::from_be_bytes(at(bytes, 16)?), u32::from_be_bytes(at(bytes, 20)?)])
}

/// Width and height of a JPEG by its frame header: the segments before it are passed over.
fn jpeg(bytes: &[u8]) -> Option<[u32; 2]> {
    (bytes.starts_with(b"\xff\xd8") && bytes.ends_with(b"\xff\xd9")).then_some(())?;
    let mut place = 2;
    loop {
        let [mark, kind] = at(bytes, place)?;
        if mark != 0xff {
            return None;
        }
        if kind == 0xff {
            place += 1;
            continue;
        }
        let length = usize::from(u16::from_be_bytes(at(bytes, place + 2)?));
        // Frame headers: 0xC0–0xCF but for the tables of Huffman codes, of arithmetic coding, and a reserved one.
        if matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc) {
            let [height, width] = [at(bytes, place + 5)?, at(bytes, place + 7)?].map(u16::from_be_bytes);
            return Some([width.into(), height.into()]);
        }
        let holds_none = matches!(kind, 0x01 | 0xd0..=0xda);
        if holds_none || length < 2 {
            return None;
        }
        place += 2 + length;
    }
}

/// Width and height of a WebP by its first chunk.
fn webp(bytes: &[u8]) -> Option<[u32; 2]> {
    let length = usize::try_from(u32::from_le_bytes(at(bytes, 4)?)).ok()?;
    let is_webp = bytes.starts_with(b"RIFF") && at(bytes, 8)? == *b"WEBP" && length.checked_add(8)? == bytes.len();
    is_webp.then_some(())?;
    match &at::<4>(bytes, 12)? {
        b"VP8X" => {
            let side = |from| Some(1 + u32::from_le_bytes([at::<1>(bytes, from)?[0], bytes[from + 1], *bytes.get(from + 2)?, 0]));
            Some([side(24)?, side(27)?])
        }
        b"VP8L" if at(bytes, 20)? == [0x2f] => {
            let bits = u32::from_le_bytes(at(bytes, 21)?);
            Some([1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff)])
        }
        b"VP8 " if at(bytes, 23)? == [0x9d, 0x01, 0x2a] => {
            let side = |from| Some(u32::from(u16::from_le_bytes(at(bytes, from)?) & 0x3fff));
            Some([side(26)?, side(28)?])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend(b"\x08\x02\0\0\0....\0\0\0\0IEND\xaeB`\x82");
        bytes
    }

    fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc4\x00\x03c\xff\xc0\x00\x11\x08".to_vec();
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes.extend(b"\x03........\xff\xda..\xff\xd9");
        bytes
    }

    fn webp_of(chunk: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WEBP".to_vec();
        bytes.extend(chunk);
        let length = (bytes.len() - 8) as u32;
        bytes[4..8].copy_from_slice(&length.to_le_bytes());
        bytes
    }

    #[test]
    fn pictures_are_known_by_what_they_hold() {
        let lossless = |bits: u32| [b"VP8L\x05\0\0\0\x2f".as_slice(), &bits.to_le_bytes()].concat();
        let lossy = b"VP8 \x0a\0\0\0...\x9d\x01\x2a\x40\x01\xf0\x00";
        let extended = b"VP8X\x0a\0\0\0\0\0\0\0\xff\x07\0\x63\0\0";
        for (name, bytes, expected) in [
            ("a PNG", png_of(320, 240), Ok(PictureKind::Png)),
            ("the widest PNG", png_of(2_048, 1), Ok(PictureKind::Png)),
            ("a wider one", png_of(2_049, 1), Err(PictureFault::TooWide)),
            ("one without width", png_of(0, 9), Err(PictureFault::NoPicture)),
            ("one cut off", png_of(9, 9)[..30].to_vec(), Err(PictureFault::NoPicture)),
            ("a JPEG", jpeg_of(640, 480), Ok(PictureKind::Jpeg)),
            ("a higher one", jpeg_of(1, 5_000), Err(PictureFault::TooWide)),
            ("a WebP with losses", webp_of(lossy), Ok(PictureKind::Webp)),
            ("one without", webp_of(&lossless(99 | 49 << 14)), Ok(PictureKind::Webp)),
            ("an extended one", webp_of(extended), Ok(PictureKind::Webp)),
            ("a WebP that lies about its length", [webp_of(lossy), vec![0]].concat(), Err(PictureFault::NoPicture)),
            ("a drawing", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), Err(PictureFault::NoPicture)),
            ("a GIF", b"GIF89a\x01\0\x01\0".to_vec(), Err(PictureFault::NoPicture)),
            ("nothing", Vec::new(), Err(PictureFault::NoPicture)),
            ("too much", vec![0; MAX_BYTES + 1], Err(PictureFault::TooLarge)),
        ] {
            assert_eq!(read(&bytes), expected, "{name}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        for whole in [png_of(9, 9), jpeg_of(9, 9), webp_of(b"VP8X\x0a\0\0\0\0\0\0\0\xff\x07\0\x63\0\0"), webp_of(b"VP8L")] {
            for length in 0..whole.len() {
                assert!(read(&whole[..length]).is_err());
            }
            for place in 0..whole.len() {
                let mut bytes = whole.clone();
                bytes[place] ^= 0xff;
                read(&bytes).ok();
            }
        }
    }
}
