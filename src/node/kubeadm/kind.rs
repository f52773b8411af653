use crate::node::component::Component;
use crate::node::view::View;
/// placeholder
pub fn of_kind(_: View<'_>) -> Option<Component> {
    None
}
