//! The first look at a topic of a million records: cold (the sample is recorded) and warm (it is replayed).

use headwater::Sample;
use headwater::prelude::*;
use headwater_exec::preview;
use headwater_exec::runtime::Cancel;
use headwater_exec::tape::TapeStore;
use headwater_tests::kafka::{Topic, broker};
use headwater_tests::{job, workspace};

use crate::figures::{millis, print_times, section};

const RECORDS: u64 = 1_000_000;
const LOOKS: usize = 9;

/// Fills a topic with generated orders.
pub fn generate(topic: &Topic, rows: u64) {
    let rows = rows.to_string();
    let folder = workspace::scratch("bench-generate");
    job::run(&folder, &["generate", "orders", "--brokers", broker(), "--topic", &topic.name, "--rows", &rows])
        .expect_success();
}

/// Measures and prints.
pub fn measure() {
    section("A first look at a topic of 1,000,000 records, within one process");
    let topic = Topic::create("bench-looks", 6);
    generate(&topic, RECORDS);
    let plan = kafka(broker(), &topic.name).json().event_time("ts", "10s").plan();
    let cancel = Cancel::new();
    let look = |store: &TapeStore| {
        let tape = store.get(plan.source(), &Sample::default(), &cancel, &mut |_| {}).expect("the topic can be read");
        let resolved = headwater_exec::resolve(&plan, &tape).expect("the schema is found");
        let shown = preview(&resolved, &tape, &cancel).expect("the rows are decoded");
        assert!(shown.counts.records >= 19_000, "the sample is whole: {}", shown.sources[0].note);
    };
    let folder = workspace::scratch("bench-tapes");
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for turn in 0..LOOKS {
        let store = TapeStore::new(folder.join(turn.to_string()));
        cold.push(millis(|| look(&store)));
        warm.push(millis(|| look(&store)));
    }
    print_times("cold: 20,000 records recorded, resolved, previewed", &mut cold);
    print_times("warm: replayed, resolved, previewed", &mut warm);
}
