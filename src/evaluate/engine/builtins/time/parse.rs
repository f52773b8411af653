//! `time.Parse` of Go: the moment that a text says in a layout.

use jiff::civil::Date;
use jiff::tz::Offset;

use super::layout::{Element, Length, MONTHS, NANO_DIGITS, OffsetForm, Pad, WEEKDAYS, cut, next};

/// What was read of a moment so far.
#[derive(Default)]
struct Parts {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
    day_of_year: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    /// Whether it said AM (false) or PM.
    is_afternoon: Option<bool>,
    is_utc: bool,
    /// Seconds ahead of UTC.
    offset: Option<i64>,
}

/// The nanosecond since 1970 began, or none where the text is not as the layout has it. UTC is the local zone: abbreviations of others
/// say nothing, as in Go where they are not of the local one.
pub fn parse(layout: &str, text: &str) -> Option<i64> {
    let mut parts = Parts::default();
    let (mut layout, mut text) = (layout, text);
    loop {
        let (before, found) = next(layout);
        text = skip(text, before)?;
        let Some((element, rest)) = found else { break };
        text = parts.read(element, rest, text)?;
        layout = rest;
    }
    text.is_empty().then(|| parts.nanoseconds())?
}

/// What is behind a text that has to be there; any number of spaces are as good as one.
fn skip<'a>(text: &'a str, wanted: &str) -> Option<&'a str> {
    let (mut text, mut wanted) = (text, wanted);
    while let Some(c) = wanted.chars().next() {
        if c == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return None;
            }
            wanted = wanted.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
        } else {
            wanted = wanted.get(c.len_utf8()..)?;
            text = text.strip_prefix(c)?;
        }
    }
    Some(text)
}

/// The number that a text begins with, of so many digits at most, or exactly; and what is behind it.
fn number(text: &str, digits: usize, exactly: bool) -> Option<(i16, &str)> {
    let many = text.bytes().take(digits).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(many);
    (!exactly || many == digits).then_some((number.parse().ok()?, rest))
}

/// The same of two digits, no more than `most`.
fn small(text: &str, pad: Pad, most: i8) -> Option<(i8, &str)> {
    let (number, rest) = number(text, 2, pad == Pad::Zero)?;
    Some((i8::try_from(number).ok().filter(|number| *number <= most)?, rest))
}

fn without_spaces(text: &str, pad: Pad, most: usize) -> &str {
    let spaces = text.bytes().take(most).take_while(|byte| *byte == b' ').count();
    if pad == Pad::Space { text.get(spaces..).unwrap_or_default() } else { text }
}

/// Which of these names, cut to a length, a text begins with, whatever its case; and what is behind it.
fn name<'a>(text: &'a str, names: &[&str], length: Length) -> Option<(usize, &'a str)> {
    names.iter().enumerate().find_map(|(at, name)| {
        let name = cut(name, length);
        let (head, rest) = text.split_at_checked(name.len())?;
        head.eq_ignore_ascii_case(name).then_some((at, rest))
    })
}

/// The nanoseconds of a point or comma and the digits behind it.
fn nanoseconds(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['.', ','])?;
    let digits = digits.get(..digits.len().min(NANO_DIGITS))?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{digits:0<9}").parse().ok())?
}

/// The fraction of a second that a text begins with, if there is one, and what is behind it.
fn any_fraction(text: &str) -> (Option<&str>, &str) {
    let Some(digits) = text.strip_prefix(['.', ',']) else { return (None, text) };
    let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() == digits.len() {
        return (None, text);
    }
    let (fraction, rest) = text.split_at(text.len() - rest.len());
    (Some(fraction), rest)
}

impl Parts {
    /// Takes an element from the beginning of a text, and says what is behind it. `after` is the layout behind the element.
    fn read<'a>(&mut self, element: Element, after: &str, text: &'a str) -> Option<&'a str> {
        let rest;
        match element {
            Element::Year => (self.year, rest) = number(text, 4, true)?,
            Element::YearOfCentury => {
                let (year, behind) = number(text, 2, true)?;
                self.year = if year >= 69 { 1900 + year } else { 2000 + year };
                rest = behind;
            }
            Element::MonthName(length) => {
                let (month, behind) = name(text, &MONTHS, length)?;
                self.month = Some(i8::try_from(month).ok()? + 1);
                rest = behind;
            }
            Element::WeekdayName(length) => (_, rest) = name(text, &WEEKDAYS, length)?,
            Element::Month(pad) => {
                let (month, behind) = small(text, pad, 12)?;
                self.month = Some(month);
                rest = behind;
            }
            Element::Day(pad) => {
                let (day, behind) = small(without_spaces(text, pad, 1), pad, 31)?;
                self.day = Some(day);
                rest = behind;
            }
            Element::DayOfYear(pad) => {
                let (day, behind) = number(without_spaces(text, pad, 2), 3, pad == Pad::Zero)?;
                self.day_of_year = Some(day);
                rest = behind;
            }
            Element::Hour => (self.hour, rest) = small(text, Pad::No, 23)?,
            Element::HourOfHalf(pad) => (self.hour, rest) = small(text, pad, 12)?,
            Element::Minute(pad) => (self.minute, rest) = small(text, pad, 59)?,
            Element::Second(pad) => {
                let behind;
                (self.second, behind) = small(text, pad, 59)?;
                // A fraction is taken also where the layout has none.
                let is_asked = matches!(next(after), (_, Some((Element::Fraction { .. }, _))));
                let (fraction, behind_it) = any_fraction(behind);
                match fraction.filter(|_| !is_asked) {
                    Some(fraction) => (self.nanosecond, rest) = (nanoseconds(fraction)?, behind_it),
                    None => rest = behind,
                }
            }
            Element::Fraction { trimmed: true, .. } => {
                let fraction;
                (fraction, rest) = any_fraction(text);
                if let Some(fraction) = fraction {
                    self.nanosecond = nanoseconds(fraction)?;
                }
            }
            Element::Fraction { digits, .. } => {
                let fraction;
                (fraction, rest) = text.split_at_checked(1 + digits)?;
                self.nanosecond = nanoseconds(fraction)?;
            }
            Element::Half { upper } => {
                let half;
                (half, rest) = text.split_at_checked(2)?;
                self.is_afternoon = Some(match (half, upper) {
                    ("PM", true) | ("pm", false) => true,
                    ("AM", true) | ("am", false) => false,
                    _ => return None,
                });
            }
            Element::Zone => match text.strip_prefix("UTC") {
                Some(behind) => {
                    self.is_utc = true;
                    rest = behind;
                }
                None => rest = text.get(abbreviation(text)?..)?,
            },
            Element::Offset(form) => match text.strip_prefix('Z').filter(|_| form.zulu) {
                Some(behind) => {
                    self.is_utc = true;
                    rest = behind;
                }
                None => {
                    let seconds;
                    (seconds, rest) = read_offset(text, form)?;
                    self.offset = Some(seconds);
                }
            },
        }
        Some(rest)
    }

    fn nanoseconds(&self) -> Option<i64> {
        let hour = match self.is_afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let date = match self.day_of_year {
            None => Date::new(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1)).ok()?,
            Some(day) => {
                let first = Date::new(self.year, 1, 1).ok()?;
                let date = first.with().day_of_year(day).build().ok()?;
                let is_same = self.month.is_none_or(|month| month == date.month());
                (is_same && self.day.is_none_or(|day| day == date.day())).then_some(date)?
            }
        };
        let at = date.at(hour, self.minute, self.second, self.nanosecond);
        let ahead = if self.is_utc { 0 } else { self.offset.unwrap_or(0) };
        let since = Offset::UTC.to_timestamp(at).ok()?.as_nanosecond() - i128::from(ahead) * 1_000_000_000;
        i64::try_from(since).ok()
    }
}

/// The offset that a text begins with, in seconds, and what is behind it. Some people write 24 hours and 60 minutes.
fn read_offset(text: &str, form: OffsetForm) -> Option<(i64, &str)> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let mut seconds = 0;
    for (part, (most, worth)) in [(24, 3600), (60, 60), (60, 1)].into_iter().take(form.parts).enumerate() {
        if part > 0 && form.colons {
            rest = rest.strip_prefix(':')?;
        }
        let value;
        (value, rest) = number(rest, 2, true)?;
        seconds += i64::from(value).le(&most).then_some(i64::from(value) * worth)?;
    }
    Some((sign * seconds, rest))
}

/// How long the abbreviation of a zone is that a text begins with: three to five capital letters (of more than three the last is a T),
/// `GMT+3`, `-03`.
fn abbreviation(text: &str) -> Option<usize> {
    if text.starts_with("ChST") || text.starts_with("MeST") {
        return Some(4);
    }
    if let Some(rest) = text.strip_prefix("GMT") {
        return Some(3 + signed_hours(rest).unwrap_or(0));
    }
    if text.starts_with(['+', '-']) {
        return signed_hours(text);
    }
    let capitals = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let is_zone = match capitals {
        3 => true,
        4 => text.as_bytes().get(3) == Some(&b'T') || text.starts_with("WITA"),
        5 => text.as_bytes().get(4) == Some(&b'T'),
        _ => false,
    };
    is_zone.then_some(capitals)
}

/// How long a sign and a number of hours up to 23 are.
fn signed_hours(text: &str) -> Option<usize> {
    let digits = text.strip_prefix(['+', '-'])?;
    let many = digits.bytes().take_while(u8::is_ascii_digit).count();
    let hours: u64 = digits.get(..many)?.parse().ok()?;
    (hours <= 23).then_some(1 + many)
}
