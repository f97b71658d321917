//! Cities and how often each one orders: New York a fifth, then a long tail.

const NAMES: [&str; 64] = [
    "New York",
    "Los Angeles",
    "Chicago",
    "London",
    "Paris",
    "Tokyo",
    "São Paulo",
    "Berlin",
    "Madrid",
    "Mumbai",
    "Toronto",
    "Houston",
    "Sydney",
    "Mexico City",
    "Lagos",
    "Seoul",
    "Istanbul",
    "Cairo",
    "Amsterdam",
    "Rome",
    "Vienna",
    "Zürich",
    "Boston",
    "Miami",
    "Seattle",
    "Denver",
    "Dallas",
    "Atlanta",
    "Phoenix",
    "Lisbon",
    "Warsaw",
    "Prague",
    "Oslo",
    "Stockholm",
    "Helsinki",
    "Copenhagen",
    "Dublin",
    "Brussels",
    "Munich",
    "Hamburg",
    "Milan",
    "Naples",
    "Athens",
    "Budapest",
    "Nairobi",
    "Accra",
    "Delhi",
    "Bengaluru",
    "Dhaka",
    "Karachi",
    "Bangkok",
    "Hanoi",
    "Manila",
    "Jakarta",
    "Osaka",
    "Kyoto",
    "Busan",
    "Taipei",
    "Melbourne",
    "Auckland",
    "Lima",
    "Bogotá",
    "Santiago",
    "Montréal",
];
const PREFIXES: [&str; 7] = ["", "Port", "East", "West", "Lake", "Upper", "Old"];
/// New York's share of all orders.
const FIRST_SHARE: f64 = 0.2;

/// The cities by rank, with cumulated shares.
#[derive(Debug)]
pub(super) struct Cities {
    names: Vec<String>,
    cumulated: Vec<f64>,
}

impl Cities {
    /// All cities: the first has a fifth; the shares of the others fall as 1/(rank + 4).
    pub(super) fn new() -> Cities {
        let name = |prefix: &str, city: &str| if prefix.is_empty() { city.into() } else { format!("{prefix} {city}") };
        let names: Vec<String> =
            PREFIXES.iter().flat_map(|prefix| NAMES.iter().map(move |city| name(prefix, city))).collect();
        let weight = |rank: usize| 1.0 / (rank as f64 + 4.0);
        let tail: f64 = (1..names.len()).map(weight).sum();
        let mut sum = 0.0;
        let cumulated = (0..names.len())
            .map(|rank| {
                sum += if rank == 0 { FIRST_SHARE } else { (1.0 - FIRST_SHARE) * weight(rank) / tail };
                sum
            })
            .collect();
        Cities { names, cumulated }
    }

    /// The rank of a city for a draw in `0.0..1.0`.
    pub(super) fn draw(&self, draw: f64) -> usize {
        self.cumulated.partition_point(|&share| share < draw).min(self.names.len() - 1)
    }

    /// The name of the city of this rank.
    pub(super) fn name(&self, rank: usize) -> &str {
        &self.names[rank]
    }
}
