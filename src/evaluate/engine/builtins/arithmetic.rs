//! Operators, which are built-in functions to OPA: what does not fit is undefined. Decimal fractions
//! add up as decimals (`0.1 + 0.2 == 0.3`), as in OPA, whose numbers are wider than those of the engine.

use regorus::Value;

use super::members;

/// A decimal number: its digits, and the power of ten.
type Decimal = (i128, i32);

/// The furthest apart that powers of ten are brought together.
const FURTHEST: i32 = 18;

/// `left + right`
pub fn plus(args: &[Value]) -> Value {
    pair(args).map_or(Value::Undefined, |(left, right)| add(left, right, 1))
}

/// `left - right`, of numbers or sets
pub fn minus(args: &[Value]) -> Value {
    match pair(args) {
        Some((Value::Set(left), Value::Set(right))) => Value::Set(left.difference(right).into()),
        Some((left, right)) => add(left, right, -1),
        None => Value::Undefined,
    }
}

/// `left * right`
pub fn times(args: &[Value]) -> Value {
    pair(args).map_or(Value::Undefined, |(left, right)| multiply(left, right))
}

/// `left / right`
pub fn divided(args: &[Value]) -> Value {
    let Some((Value::Number(left), Value::Number(right))) = pair(args) else { return Value::Undefined };
    left.clone().divide(right).map_or(Value::Undefined, Value::from)
}

/// `left % right`
pub fn remainder(args: &[Value]) -> Value {
    match pair(args) {
        Some((Value::Number(left), Value::Number(right))) if left.is_integer() && right.is_integer() => {
            left.clone().modulo(right).map_or(Value::Undefined, Value::from)
        }
        _ => Value::Undefined,
    }
}

/// `left & right`
pub fn both(args: &[Value]) -> Value {
    let Some((Value::Set(left), Value::Set(right))) = pair(args) else { return Value::Undefined };
    Value::Set(left.intersection(right).into())
}

/// `left | right`
pub fn either(args: &[Value]) -> Value {
    let Some((Value::Set(left), Value::Set(right))) = pair(args) else { return Value::Undefined };
    Value::Set(left.union(right).into())
}

/// `sum(numbers)`
pub fn sum(args: &[Value]) -> Value {
    let start = Value::from(0_u64);
    members(args).map_or(Value::Undefined, |all| all.iter().fold(start, |sum, one| add(&sum, one, 1)))
}

/// `product(numbers)`
pub fn product(args: &[Value]) -> Value {
    let start = Value::from(1_u64);
    members(args).map_or(Value::Undefined, |all| all.iter().fold(start, |product, one| multiply(&product, one)))
}

fn pair(args: &[Value]) -> Option<(&Value, &Value)> {
    args.first().zip(args.get(1))
}

fn add(left: &Value, right: &Value, sign: i128) -> Value {
    let (Value::Number(one), Value::Number(other)) = (left, right) else { return Value::Undefined };
    let are_whole = one.is_integer() && other.is_integer();
    let as_decimals = || {
        let ((left, left_power), (right, right_power)) = (decimal(left)?, decimal(right)?);
        let power = left_power.min(right_power);
        let raised = |digits: i128, own: i32| {
            let steps = u32::try_from(own - power).ok().filter(|_| own - power <= FURTHEST)?;
            digits.checked_mul(10_i128.checked_pow(steps)?)
        };
        number((raised(left, left_power)?.checked_add(raised(right, right_power)?.checked_mul(sign)?)?, power))
    };
    let sum = || if sign < 0 { one.sub(other) } else { one.add(other) };
    let fraction = if are_whole { None } else { as_decimals() };
    fraction.unwrap_or_else(|| sum().map_or(Value::Undefined, Value::from))
}

fn multiply(left: &Value, right: &Value) -> Value {
    let (Value::Number(one), Value::Number(other)) = (left, right) else { return Value::Undefined };
    let as_decimals = || {
        let ((left, left_power), (right, right_power)) = (decimal(left)?, decimal(right)?);
        number((left.checked_mul(right)?, left_power + right_power))
    };
    as_decimals().unwrap_or_else(|| one.mul(other).map_or(Value::Undefined, Value::from))
}

/// The shortest decimal number that means this one; none of a whole number, which the engine counts exactly, or a huge one.
fn decimal(value: &Value) -> Option<Decimal> {
    let Value::Number(number) = value else { return None };
    let text = format!("{:e}", number.as_f64()?);
    let (digits, power) = text.split_once('e')?;
    let behind = digits.split_once('.').map_or(0, |(_, behind)| behind.len());
    let digits: i128 = digits.replace('.', "").parse().ok()?;
    let power = power.parse::<i32>().ok()? - i32::try_from(behind).ok()?;
    (power.abs() <= 2 * FURTHEST).then_some((digits, power))
}

/// A number with a fraction; whole ones are left to the engine.
fn number((digits, power): Decimal) -> Option<Value> {
    if power >= 0 {
        return None;
    }
    Value::from_numeric_string(&format!("{digits}e{power}")).ok()
}
