//! The one way that data of any kind reaches a profile: a reader walks each row and tells an observer what it meets.

/// A value as a reader met it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Number(f64),
    Text(&'a str),
    /// Epoch ms.
    Time(i64),
    /// Midnight of the date, epoch ms.
    Date(i64),
    Bytes(&'a [u8]),
    /// A list of so many elements, which follow under [`Observer::items`].
    List(usize),
    /// An object of so many fields, which follow under [`Observer::field`].
    Object(usize),
}

/// What a reader tells.
pub(crate) trait Observer {
    /// A row begins; rows of one partition come in their order.
    fn row(&mut self, partition: u32);
    /// Goes to a field of the current object. `false`: it is not looked at, and there is nothing to leave.
    fn field(&mut self, name: &str) -> bool;
    /// Goes to the elements of the current list. `false`: they are not looked at.
    fn items(&mut self) -> bool;
    /// Goes back to where the last `field` or `items` came from.
    fn leave(&mut self);
    /// A value at the current place.
    fn value(&mut self, value: Value<'_>);
}
