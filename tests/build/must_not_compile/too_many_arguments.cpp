// expect: this_SQL_has_fewer_placeholders_than_there_are_arguments
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/sql_text.hpp>

template <class... A> std::size_t query(tusk::mapping::sql_text<std::type_identity_t<A>...> sql, A const&...) {
  return sql.view().size();
}

int main() {
#ifdef TUSK_FIXED
  query("select * from t where a = $1 and b = $2", 1, 2);
#else
  query("select * from t where a = $1 and b = '$2'", 1, 2);
#endif
}
