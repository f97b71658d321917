//! Hashes: of any values as this engine places keys on workers, and digests of texts.

use std::fmt::Write as _;

use headwater::Function;
use headwater_profile::murmur2;
use md5::Md5;
use polars::prelude::{Int64Chunked, IntoSeries, Series};
use sha2::{Digest, Sha256};

use super::function::Call;
use super::spread::{Texts, rows, stretched, written};
use crate::Result;
use crate::key_bytes::each_key;

/// `hash(a, b, …)`: murmur2 of the key's bytes without its sign, as [`headwater_profile::Placement::Headwater`] has it; the null
/// key has no bytes.
pub(super) fn place(args: &[Series]) -> Result<Series> {
    let rows = rows(args.iter().map(|arg| arg.len()));
    let columns: Vec<Series> = args.iter().map(|arg| stretched(arg, rows)).collect();
    let mut hashes = Vec::with_capacity(rows);
    each_key(&columns, |key| hashes.push(i64::from(murmur2(key.unwrap_or_default()) & 0x7fff_ffff)))?;
    Ok(Int64Chunked::from_vec("".into(), hashes).into_series())
}

/// `md5(s)`, `sha256(s)`: hexadecimal digits.
pub(super) fn digest(call: &Call<'_>) -> Result<Series> {
    let input = Texts::of(call.function.name(), &call.args[0])?;
    let one = |row: usize, out: &mut String| {
        let text = input.get(row)?;
        match call.function {
            Function::Md5 => hex(&Md5::digest(text), out),
            _ => hex(&Sha256::digest(text), out),
        }
    };
    Ok(written(input.len(), one).into_series())
}

fn hex(bytes: &[u8], out: &mut String) -> Option<()> {
    bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}")).ok()
}
