//! Days of the calendar. What day it is today is an argument, never asked for here.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A day, as `2026-11-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(civil::Date);

impl Date {
    /// The last day there is: who does not know today takes this one, and every date has passed.
    pub const MAX: Self = Self(civil::Date::MAX);

    /// The day in UTC, so many seconds after 1970 began.
    pub fn from_unix(seconds: i64) -> Self {
        let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
        Self(time.to_zoned(TimeZone::UTC).date())
    }

    /// So many days later; the last day there is at the latest.
    pub fn plus(self, days: Days) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().days(i64::from(days.0).min(7_304_484))))
    }

    /// How many days it is from here to another day; negative when that one is past.
    pub fn days_until(self, other: Self) -> i64 {
        i64::from((other.0 - self.0).get_days())
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let date = text.parse::<civil::Date>().ok().map(Self).filter(|date| date.to_string() == text);
        date.ok_or_else(|| format!("`{text}` is no date: write it as `2026-11-01`"))
    }
}

impl TryFrom<String> for Date {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl JsonSchema for Date {
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date"})
    }
}

/// A second in UTC, as `2026-11-01T06:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Time(Timestamp);

impl Time {
    /// So many seconds after 1970 began.
    pub fn from_unix(seconds: i64) -> Self {
        Self(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
    }

    /// The first second of a day.
    pub fn start_of(day: Date) -> Self {
        Self(day.0.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |time| time.timestamp()))
    }

    /// How many seconds after 1970 began.
    pub fn unix(self) -> i64 {
        self.0.as_second()
    }

    /// The day.
    pub fn day(self) -> Date {
        Date(self.0.to_zoned(TimeZone::UTC).date())
    }
}

/// With an offset or, as Python's `isoformat` writes it, in UTC without one.
impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let local = || text.parse::<civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp());
        let time = text.parse::<Timestamp>().ok().or_else(local);
        time.map(Self).ok_or_else(|| format!("`{text}` is no time: write it as `2026-11-01T06:00:00Z`"))
    }
}

impl TryFrom<String> for Time {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Time> for String {
    fn from(time: Time) -> Self {
        time.to_string()
    }
}

impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.0}", self.0)
    }
}

/// A number of days, as `14d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Days(pub u32);

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('d').and_then(|number| number.parse().ok());
        number.map(Self).ok_or_else(|| format!("`{text}` is no number of days: write it as `14d`"))
    }
}

impl TryFrom<String> for Days {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl JsonSchema for Days {
    fn schema_name() -> Cow<'static, str> {
        "Days".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]+d$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_day_that_exists_written_in_one_way() {
        let date: Date = "2028-02-29".parse().unwrap();
        assert_eq!(date.to_string(), "2028-02-29");
        let wrong =
            ["2026-02-29", "2026-13-01", "20261101", "2026-1-1", "2026-11-01T00:00", "01.11.2026", "never", "", " "];
        for text in wrong {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn days_are_counted() {
        let [first, second] = ["2026-12-31", "2028-03-01"].map(|text| text.parse::<Date>().unwrap());
        assert_eq!((first.days_until(second), second.days_until(first)), (426, -426));
        assert_eq!(Date::from_unix(0).to_string(), "1970-01-01");
        assert_eq!(Date::from_unix(86_399).to_string(), "1970-01-01");
        assert_eq!("14d".parse(), Ok(Days(14)));
        for text in ["14", "d", "-1d", "2w"] {
            assert!(text.parse::<Days>().is_err(), "{text}");
        }
    }
}
