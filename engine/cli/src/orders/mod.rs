//! A stream of orders with everything that real streams have wrong with them, the same for the same seed.
//!
//! A fifth of the orders come from New York, and hundreds of other cities share the rest in a long tail. Amounts are
//! sometimes text, fields are missing or null, some records are broken, some come twice, most are a little out of order,
//! a few are minutes late, one claims to be from the year 2099, and the last partition never gets a record.

mod cities;

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;
use serde::Serialize;
use serde_json::Value;

use cities::Cities;

/// 2026-01-01T00:00:00Z, the nominal time of the first order, epoch milliseconds.
pub const FIRST_MS: i64 = 1_767_225_600_000;
/// Nominal time between two orders, milliseconds.
pub const STEP_MS: i64 = 50;
/// Which order claims to be from the year 2099.
const FROM_THE_FUTURE: u64 = 777;
/// 2099-12-31T23:59:59Z, epoch milliseconds.
const FUTURE_MS: i64 = 4_102_444_799_000;

/// A record for a topic with a given number of partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRecord {
    /// The city, where the order has one.
    pub key: Option<String>,
    /// The order as JSON, mostly.
    pub value: Vec<u8>,
    /// The nominal time of the order, epoch milliseconds.
    pub timestamp_ms: i64,
    /// The partition: the same for the same key, and never the last.
    pub partition: u32,
}

#[derive(Serialize)]
struct Order<'a> {
    order_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<Option<&'a str>>,
    customer: Customer,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Value>,
    currency: &'static str,
    rate: f64,
    items: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

#[derive(Serialize)]
struct Customer {
    id: u32,
    tier: &'static str,
}

#[derive(Serialize)]
struct Item {
    sku: String,
    qty: u32,
}

/// The orders, without end.
#[derive(Debug)]
pub struct Orders {
    random: Pcg64Mcg,
    cities: Cities,
    partitions: u32,
    next: u64,
    last: Option<OrderRecord>,
}

const CURRENCIES: [(&str, f64); 4] = [("EUR", 1.0), ("USD", 0.92), ("GBP", 1.17), ("JPY", 0.0061)];
const TIERS: [&str; 3] = ["basic", "plus", "gold"];
const NOTES: [&str; 4] = ["leave at the door", "gift 🎁", "<b>fragile</b>", "الرجاء الاتصال"];

impl Orders {
    /// The orders of `seed`, spread over all `partitions` but the last.
    pub fn new(seed: u64, partitions: u32) -> Orders {
        Orders { random: Pcg64Mcg::seed_from_u64(seed), cities: Cities::new(), partitions, next: 0, last: None }
    }

    fn chance(&mut self, per_thousand: u32) -> bool {
        self.random.random_range(0..1000) < per_thousand
    }

    /// When the order says it happened: mostly a little before its turn, sometimes minutes.
    fn event_time(&mut self, nominal_ms: i64) -> i64 {
        if self.next == FROM_THE_FUTURE {
            return FUTURE_MS;
        }
        let late = match self.random.random_range(0..1000) {
            0..4 => self.random.random_range(60_000..600_000),
            4..100 => self.random.random_range(2_000..8_000),
            _ => self.random.random_range(0..2_000),
        };
        nominal_ms - late
    }

    fn amount(&mut self) -> Option<Value> {
        // The product of two uniform draws has a long tail, as amounts have; one order in fifty is a refund.
        let (a, b): (f64, f64) = (self.random.random(), self.random.random());
        let sign = if self.chance(20) { -1.0 } else { 1.0 };
        let cents = (sign * (5.0 + 400.0 * a * b * b) * 100.0).round();
        let amount = cents / 100.0;
        match self.random.random_range(0..1000) {
            0..5 => None,
            5..15 => Some(Value::Null),
            15..55 => Some(Value::String(format!("{amount:.2}"))),
            _ => Some(Value::from(amount)),
        }
    }

    fn items(&mut self) -> Vec<Item> {
        let count = self.random.random_range(1..5);
        (0..count)
            .map(|_| Item {
                sku: format!("SKU-{:04}", self.random.random_range(0..2000)),
                qty: self.random.random_range(1..6),
            })
            .collect()
    }

    fn order(&mut self, nominal_ms: i64) -> OrderRecord {
        let event_time = self.event_time(nominal_ms);
        let rank = self.cities.draw(self.random.random());
        let (key, city) = match self.random.random_range(0..1000) {
            0..10 => (None, Some(None)),
            10..15 => (None, None),
            15..20 => (Some(String::new()), Some(Some(String::new()))),
            _ => (Some(self.cities.name(rank).to_owned()), Some(Some(self.cities.name(rank).to_owned()))),
        };
        let (currency, rate) = CURRENCIES[self.random.random_range(0..CURRENCIES.len())];
        let order = Order {
            order_id: format!("o-{:08}", self.next),
            ts: (!self.chance(1)).then(|| iso(event_time)),
            city: city.as_ref().map(Option::as_deref),
            customer: Customer {
                id: self.random.random_range(0..50_000),
                tier: TIERS[self.random.random_range(0..TIERS.len())],
            },
            amount: self.amount(),
            currency,
            rate,
            items: self.items(),
            note: self.chance(50).then(|| NOTES[self.random.random_range(0..NOTES.len())]),
        };
        let json =
            serde_json::to_vec(&order).expect("an order has no key that is not text and no value that is not JSON");
        let partition = self.partition(key.as_ref().map(|_| rank));
        OrderRecord { value: self.maybe_broken(json), key, timestamp_ms: nominal_ms, partition }
    }

    /// Three records in a thousand are not what a reader of JSON hopes for.
    fn maybe_broken(&mut self, json: Vec<u8>) -> Vec<u8> {
        if self.next == FROM_THE_FUTURE || !self.chance(3) {
            return json;
        }
        match self.random.random_range(0..5) {
            0 => json[..json.len() / 2].to_vec(),
            1 => b"<html><body>502 Bad Gateway</body></html>".to_vec(),
            2 => b"[1, 2, 3]".to_vec(),
            3 => vec![0xff, 0xfe, 0x00, 0x9d],
            _ => Vec::new(),
        }
    }

    fn partition(&mut self, rank: Option<usize>) -> u32 {
        let used = self.partitions.saturating_sub(1).max(1);
        let place = rank.map_or(self.next, |rank| rank as u64);
        u32::try_from(place % u64::from(used)).expect("the remainder is below a u32")
    }
}

impl Iterator for Orders {
    type Item = OrderRecord;

    fn next(&mut self) -> Option<OrderRecord> {
        let nominal_ms = FIRST_MS + STEP_MS * i64::try_from(self.next).ok()?;
        let again = self.chance(5);
        let record = match self.last.take() {
            // A producer that was not sure sends the order again: the same bytes, a little later.
            Some(last) if again => OrderRecord { timestamp_ms: nominal_ms, ..last },
            _ => self.order(nominal_ms),
        };
        self.last = Some(record.clone());
        self.next += 1;
        Some(record)
    }
}

/// ISO-8601 in UTC with milliseconds.
fn iso(epoch_ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(epoch_ms)
        .expect("the times made here lie between 2025 and 2099")
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<OrderRecord> {
        Orders::new(7, 6).take(50_000).collect()
    }

    fn share(records: &[OrderRecord], what: impl Fn(&OrderRecord) -> bool) -> f64 {
        records.iter().filter(|record| what(record)).count() as f64 / records.len() as f64
    }

    fn object(record: &OrderRecord) -> Option<serde_json::Map<String, Value>> {
        serde_json::from_slice(&record.value).ok()
    }

    #[test]
    fn the_same_seed_gives_the_same_stream_and_another_seed_another() {
        let take = |seed| Orders::new(seed, 6).take(2_000).collect::<Vec<_>>();
        assert_eq!(take(7), take(7));
        assert_ne!(take(7), take(8));
    }

    #[test]
    fn a_fifth_of_the_world_lives_in_new_york_and_hundreds_of_cities_share_the_rest() {
        let records = sample();
        let new_york = share(&records, |record| record.key.as_deref() == Some("New York"));
        assert!((0.18..0.22).contains(&new_york), "{new_york}");
        let cities: std::collections::BTreeSet<_> = records.iter().filter_map(|record| record.key.clone()).collect();
        assert!(cities.len() > 300, "{}", cities.len());
    }

    #[test]
    fn everything_that_goes_wrong_is_there_and_rare() {
        let records = sample();
        let broken = share(&records, |record| object(record).is_none());
        assert!((0.001..0.006).contains(&broken), "{broken}");
        let text =
            share(&records, |record| object(record).is_some_and(|o| o.get("amount").is_some_and(Value::is_string)));
        assert!((0.03..0.05).contains(&text), "{text}");
        let null = share(&records, |record| object(record).is_some_and(|o| o.get("city") == Some(&Value::Null)));
        let absent = share(&records, |record| object(record).is_some_and(|o| !o.contains_key("city")));
        assert!(null > absent && absent > 0.001, "{null} {absent}");
        let twice = records.windows(2).filter(|pair| pair[0].value == pair[1].value).count();
        assert!((150..400).contains(&twice), "{twice}");
    }

    #[test]
    fn exactly_one_order_is_from_2099_and_the_others_are_at_most_ten_minutes_late() {
        let records = sample();
        let times: Vec<(i64, i64)> = records
            .iter()
            .filter_map(|record| {
                let ts = object(record)?.get("ts")?.as_str()?.to_owned();
                Some((chrono::DateTime::parse_from_rfc3339(&ts).ok()?.timestamp_millis(), record.timestamp_ms))
            })
            .collect();
        let future = times.iter().filter(|(ts, _)| *ts > FIRST_MS + 365 * 86_400_000).count();
        // It may come twice, as any other.
        assert!((1..=2).contains(&future), "{future}");
        let late = times.iter().filter(|(ts, nominal)| nominal - ts > 30_000).count();
        assert!(late > 50 && late < times.len() / 100, "{late}");
        assert!(times.iter().all(|(ts, nominal)| nominal - ts <= 600_050));
    }

    #[test]
    fn the_last_partition_stays_empty_and_a_key_keeps_its_partition() {
        let records = sample();
        let used: std::collections::BTreeSet<u32> = records.iter().map(|record| record.partition).collect();
        assert_eq!(used, (0..5).collect());
        let mut home = std::collections::HashMap::new();
        for record in records.iter().filter(|record| record.key.as_deref().is_some_and(|key| !key.is_empty())) {
            assert_eq!(*home.entry(record.key.clone()).or_insert(record.partition), record.partition);
        }
        assert!(Orders::new(7, 1).take(100).all(|record| record.partition == 0));
    }
}
