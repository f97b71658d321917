//! The events of the Nexmark benchmark (people, auctions and bids of an auction house), made by DuckDB: the same on every run.

use std::path::{Path, PathBuf};

use headwater::prelude::{Stream, files};

use crate::{duck, workspace};

/// How many events there are: of every fifty, one person, three auctions and 46 bids, ten milliseconds apart.
pub const EVENTS: usize = 100_000;

/// The event time of an event comes at most this much later than that of one before it.
pub const DISORDER: &str = "2s";

/// The files of the events, JSON with one record a line.
#[derive(Clone, Debug)]
pub struct Nexmark {
    folder: PathBuf,
}

impl Nexmark {
    /// The events in files of the scratch folder `name`.
    ///
    /// # Panics
    /// When DuckDB or the disk refuses.
    pub fn new(name: &str) -> Nexmark {
        let folder = workspace::scratch(name);
        let copy = |table: &str| {
            let file = folder.join(format!("{table}.json")).display().to_string();
            format!(
                "copy (select * exclude (n) from {table} order by ts + to_milliseconds((hash(n, 7) % 2000)::bigint), n)
                   to '{file}' (format json, timestampformat '%Y-%m-%dT%H:%M:%S.%gZ');"
            )
        };
        duck::rows(&format!("{MAKE}\n{}{}{}", copy("person"), copy("auction"), copy("bid")));
        Nexmark { folder }
    }

    /// Where they lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// People: who registers.
    pub fn person(&self) -> Stream {
        self.stream("person", "id BIGINT, name STRING, city STRING, state STRING, ts TIMESTAMP")
    }

    /// Auctions: what is put up, by whom.
    pub fn auction(&self) -> Stream {
        self.stream("auction", "id BIGINT, item STRING, seller BIGINT, category BIGINT, initial BIGINT, ts TIMESTAMP")
    }

    /// Bids: who offers what for which auction.
    pub fn bid(&self) -> Stream {
        self.stream("bid", "auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, ts TIMESTAMP")
    }

    fn stream(&self, table: &str, schema: &str) -> Stream {
        files(self.folder.join(format!("{table}.json")).display().to_string())
            .json()
            .schema(schema)
            .event_time("ts", DISORDER)
    }

    /// DuckDB's answer, in SQL over the tables `person`, `auction` and `bid`.
    ///
    /// # Panics
    /// When DuckDB refuses.
    pub fn rows(&self, sql: &str) -> Vec<serde_json::Value> {
        duck::rows(&format!("{MAKE}\n{sql}"))
    }
}

/// Sellers and auctions that are hot come often, as in the benchmark: half of the auctions are of one seller in a hundred, half of the bids
/// are for one auction in a hundred.
const MAKE: &str = "
create temp table event as
  select n, n // 50 as epoch, n % 50 as place, timestamp '2026-01-01' + to_milliseconds(n * 10) as ts from range(100000) as t(n);
create temp table person as
  select n, 1000 + epoch as id, 'person ' || (hash(n, 1) % 500) as name,
         ['Phoenix', 'Seattle', 'Portland', 'Boise', 'Kent'][1 + (hash(n, 2) % 5)::int] as city,
         ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY'][1 + (hash(n, 3) % 6)::int] as state, ts
  from event where place = 0;
create temp table auction as
  select n, 1000 + epoch * 3 + place - 1 as id, 'item ' || (hash(n, 1) % 900) as item,
         1000 + case when hash(n, 2) % 2 = 0 then epoch // 100 * 100 else epoch - (hash(n, 3) % (least(epoch, 200) + 1))::bigint end as seller,
         10 + (hash(n, 4) % 5)::bigint as category, 1 + (hash(n, 5) % 10000)::bigint as initial, ts
  from event where place between 1 and 3;
create temp table bid as
  select n, 1000 + case when hash(n, 1) % 2 = 0 then epoch * 3 // 100 * 100 else epoch * 3 - (hash(n, 2) % (least(epoch * 3, 100) + 1))::bigint end as auction,
         1000 + epoch - (hash(n, 3) % (least(epoch, 400) + 1))::bigint as bidder, 1 + (hash(n, 4) % 1000000)::bigint as price,
         ['Google', 'Baidu', 'Apple', 'channel ' || (hash(n, 6) % 100)][1 + (hash(n, 5) % 4)::int] as channel, ts
  from event where place > 3;
";
