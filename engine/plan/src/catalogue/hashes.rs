//! The rows of hashes: of any values for placing rows, of texts for fingerprints.

use super::{FunctionSpec, Gives, Param, Takes, examples, function, param};
use crate::expr::{Function, col, hash, lit};

const TEXT: &[Param] = &[param("text", Takes::Text)];

pub(super) const HASHES: &[FunctionSpec] = &[
    FunctionSpec {
        params: &[param("value", Takes::Flat)],
        repeats: true,
        gives: Gives::BigInt,
        doc: "A whole number from 0 to 2147483647 that depends on the values alone, the same in every run and on every machine: Kafka's murmur2 of \
              the values' text without its sign bit, as this engine places keys on workers. `hash(city) % 8` is the worker of eight that a row grouped \
              by city goes to.",
        nulls: "never null: a null is hashed too",
        flink: None,
        examples: examples![
            "hash(city)" = hash(col("city")) => "1356346528",
            "hash(city, quantity) % 8" = hash([col("city"), col("quantity")]) % 8 => "3",
        ],
        ..function(Function::Hash, "hash")
    },
    FunctionSpec {
        params: TEXT,
        doc: "The MD5 digest of the text, as 32 small hexadecimal digits. To recognise values, not to protect them.",
        flink: Some("MD5({0})"),
        examples: examples!["md5('abc')" = lit("abc").md5() => "'900150983cd24fb0d6963f7d28e17f72'"],
        ..function(Function::Md5, "md5")
    },
    FunctionSpec {
        params: TEXT,
        doc: "The SHA-256 digest of the text, as 64 small hexadecimal digits.",
        flink: Some("SHA256({0})"),
        examples: examples![
            "sha256('abc')" = lit("abc").sha256() =>
                "'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'",
        ],
        ..function(Function::Sha256, "sha256")
    },
];
