//! The real parts themselves: a broker that keeps what it is given, and data that is what it is said to be.

use headwater_tests::{duck, flights, kafka};

#[test]
fn kafka_gives_back_what_was_written() {
    let topic = kafka::Topic::create("services", 3);
    topic.write([(0, Some(&b"k"[..]), &b"a"[..]), (2, None, b"b"), (0, None, b"c")]);
    let read: Vec<_> =
        topic.read().into_iter().map(|record| (record.partition, record.offset, record.key, record.value)).collect();
    let expected =
        [(0, 0, Some("k".to_owned()), b"a".to_vec()), (0, 1, None, b"c".to_vec()), (2, 0, None, b"b".to_vec())];
    assert_eq!(read, expected);
    assert_eq!(topic.offsets(), [(0, 2), (0, 0), (0, 1)]);
}

#[test]
fn flights_are_in_disorder_but_within_bounds() {
    let (parquet, json) = flights::files("services-flights");
    let late = duck::rows(&format!(
        "select count(*) as flights, count(*) filter (date < latest) as behind, max(date_diff('minute', date, latest)) as minutes
         from (select date, max(date) over (rows between unbounded preceding and current row) as latest from '{}')",
        parquet.display()
    ));
    let number = |name: &str| late[0][name].as_u64().unwrap();
    assert_eq!(number("flights"), flights::FLIGHTS as u64);
    assert!(number("behind") > 10_000 && number("minutes") <= 30, "{late:?}");
    let first = std::fs::read_to_string(json).unwrap();
    let first: serde_json::Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    assert!(first["date"].as_str().is_some_and(|date| date.ends_with("00.000Z")), "{first}");
}
