// expect: this_SQL_contains_a_NUL
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/sql_text.hpp>

template <class... A> std::size_t query(tusk::mapping::sql_text<std::type_identity_t<A>...> sql, A const&...) {
  return sql.view().size();
}

int main() {
#ifdef TUSK_FIXED
  query("select 'a b'");
#else
  query("select 'a\0b'");
#endif
}
