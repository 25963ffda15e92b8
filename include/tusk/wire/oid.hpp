// tusk: wire/oid.hpp — object identifiers and the types that every server has.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Generated from the server's pg_type catalogue (PostgreSQL 15; the built-in types have had the same numbers ever since
// they exist). Types of extensions and of users have numbers of each database's own and no name here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tusk::wire {

/// The number of a type or of another catalogue object. Any 32-bit value is one; those of the built-in types have
/// names. The C++ keywords among the names end in an underscore, arrays end in `_array`.
// clang-format off
enum class oid : std::uint32_t {
  none = 0, ///< not known, or left for the server to infer
  bool_ = 16,
  bytea = 17,
  char_ = 18,
  name = 19,
  int8 = 20,
  int2 = 21,
  int2vector = 22,
  int4 = 23,
  regproc = 24,
  text = 25,
  oid = 26,
  tid = 27,
  xid = 28,
  cid = 29,
  oidvector = 30,
  pg_ddl_command = 32,
  json = 114,
  xml = 142,
  xml_array = 143,
  pg_node_tree = 194,
  json_array = 199,
  table_am_handler = 269,
  xid8_array = 271,
  index_am_handler = 325,
  point = 600,
  lseg = 601,
  path = 602,
  box = 603,
  polygon = 604,
  line = 628,
  line_array = 629,
  cidr = 650,
  cidr_array = 651,
  float4 = 700,
  float8 = 701,
  unknown = 705,
  circle = 718,
  circle_array = 719,
  macaddr8 = 774,
  macaddr8_array = 775,
  money = 790,
  money_array = 791,
  macaddr = 829,
  inet = 869,
  bool_array = 1000,
  bytea_array = 1001,
  char_array = 1002,
  name_array = 1003,
  int2_array = 1005,
  int2vector_array = 1006,
  int4_array = 1007,
  regproc_array = 1008,
  text_array = 1009,
  tid_array = 1010,
  xid_array = 1011,
  cid_array = 1012,
  oidvector_array = 1013,
  bpchar_array = 1014,
  varchar_array = 1015,
  int8_array = 1016,
  point_array = 1017,
  lseg_array = 1018,
  path_array = 1019,
  box_array = 1020,
  float4_array = 1021,
  float8_array = 1022,
  polygon_array = 1027,
  oid_array = 1028,
  aclitem = 1033,
  aclitem_array = 1034,
  macaddr_array = 1040,
  inet_array = 1041,
  bpchar = 1042,
  varchar = 1043,
  date = 1082,
  time = 1083,
  timestamp = 1114,
  timestamp_array = 1115,
  date_array = 1182,
  time_array = 1183,
  timestamptz = 1184,
  timestamptz_array = 1185,
  interval = 1186,
  interval_array = 1187,
  numeric_array = 1231,
  cstring_array = 1263,
  timetz = 1266,
  timetz_array = 1270,
  bit = 1560,
  bit_array = 1561,
  varbit = 1562,
  varbit_array = 1563,
  numeric = 1700,
  refcursor = 1790,
  refcursor_array = 2201,
  regprocedure = 2202,
  regoper = 2203,
  regoperator = 2204,
  regclass = 2205,
  regtype = 2206,
  regprocedure_array = 2207,
  regoper_array = 2208,
  regoperator_array = 2209,
  regclass_array = 2210,
  regtype_array = 2211,
  record = 2249,
  cstring = 2275,
  any = 2276,
  anyarray = 2277,
  void_ = 2278,
  trigger = 2279,
  language_handler = 2280,
  internal = 2281,
  anyelement = 2283,
  record_array = 2287,
  anynonarray = 2776,
  txid_snapshot_array = 2949,
  uuid = 2950,
  uuid_array = 2951,
  txid_snapshot = 2970,
  fdw_handler = 3115,
  pg_lsn = 3220,
  pg_lsn_array = 3221,
  tsm_handler = 3310,
  pg_ndistinct = 3361,
  pg_dependencies = 3402,
  anyenum = 3500,
  tsvector = 3614,
  tsquery = 3615,
  gtsvector = 3642,
  tsvector_array = 3643,
  gtsvector_array = 3644,
  tsquery_array = 3645,
  regconfig = 3734,
  regconfig_array = 3735,
  regdictionary = 3769,
  regdictionary_array = 3770,
  jsonb = 3802,
  jsonb_array = 3807,
  anyrange = 3831,
  event_trigger = 3838,
  int4range = 3904,
  int4range_array = 3905,
  numrange = 3906,
  numrange_array = 3907,
  tsrange = 3908,
  tsrange_array = 3909,
  tstzrange = 3910,
  tstzrange_array = 3911,
  daterange = 3912,
  daterange_array = 3913,
  int8range = 3926,
  int8range_array = 3927,
  jsonpath = 4072,
  jsonpath_array = 4073,
  regnamespace = 4089,
  regnamespace_array = 4090,
  regrole = 4096,
  regrole_array = 4097,
  regcollation = 4191,
  regcollation_array = 4192,
  int4multirange = 4451,
  nummultirange = 4532,
  tsmultirange = 4533,
  tstzmultirange = 4534,
  datemultirange = 4535,
  int8multirange = 4536,
  anymultirange = 4537,
  anycompatiblemultirange = 4538,
  pg_brin_bloom_summary = 4600,
  pg_brin_minmax_multi_summary = 4601,
  pg_mcv_list = 5017,
  pg_snapshot = 5038,
  pg_snapshot_array = 5039,
  xid8 = 5069,
  anycompatible = 5077,
  anycompatiblearray = 5078,
  anycompatiblenonarray = 5079,
  anycompatiblerange = 5080,
  int4multirange_array = 6150,
  nummultirange_array = 6151,
  tsmultirange_array = 6152,
  tstzmultirange_array = 6153,
  datemultirange_array = 6155,
  int8multirange_array = 6157,
};
// clang-format on

/// The catalogue's name of a built-in type, with [] for arrays; empty for any other.
constexpr std::string_view builtin_name(oid type) noexcept {
  // clang-format off
  switch (type) {
  case oid::none: return "";
  case oid::bool_: return "bool";
  case oid::bytea: return "bytea";
  case oid::char_: return "char";
  case oid::name: return "name";
  case oid::int8: return "int8";
  case oid::int2: return "int2";
  case oid::int2vector: return "int2vector";
  case oid::int4: return "int4";
  case oid::regproc: return "regproc";
  case oid::text: return "text";
  case oid::oid: return "oid";
  case oid::tid: return "tid";
  case oid::xid: return "xid";
  case oid::cid: return "cid";
  case oid::oidvector: return "oidvector";
  case oid::pg_ddl_command: return "pg_ddl_command";
  case oid::json: return "json";
  case oid::xml: return "xml";
  case oid::xml_array: return "xml[]";
  case oid::pg_node_tree: return "pg_node_tree";
  case oid::json_array: return "json[]";
  case oid::table_am_handler: return "table_am_handler";
  case oid::xid8_array: return "xid8[]";
  case oid::index_am_handler: return "index_am_handler";
  case oid::point: return "point";
  case oid::lseg: return "lseg";
  case oid::path: return "path";
  case oid::box: return "box";
  case oid::polygon: return "polygon";
  case oid::line: return "line";
  case oid::line_array: return "line[]";
  case oid::cidr: return "cidr";
  case oid::cidr_array: return "cidr[]";
  case oid::float4: return "float4";
  case oid::float8: return "float8";
  case oid::unknown: return "unknown";
  case oid::circle: return "circle";
  case oid::circle_array: return "circle[]";
  case oid::macaddr8: return "macaddr8";
  case oid::macaddr8_array: return "macaddr8[]";
  case oid::money: return "money";
  case oid::money_array: return "money[]";
  case oid::macaddr: return "macaddr";
  case oid::inet: return "inet";
  case oid::bool_array: return "bool[]";
  case oid::bytea_array: return "bytea[]";
  case oid::char_array: return "char[]";
  case oid::name_array: return "name[]";
  case oid::int2_array: return "int2[]";
  case oid::int2vector_array: return "int2vector[]";
  case oid::int4_array: return "int4[]";
  case oid::regproc_array: return "regproc[]";
  case oid::text_array: return "text[]";
  case oid::tid_array: return "tid[]";
  case oid::xid_array: return "xid[]";
  case oid::cid_array: return "cid[]";
  case oid::oidvector_array: return "oidvector[]";
  case oid::bpchar_array: return "bpchar[]";
  case oid::varchar_array: return "varchar[]";
  case oid::int8_array: return "int8[]";
  case oid::point_array: return "point[]";
  case oid::lseg_array: return "lseg[]";
  case oid::path_array: return "path[]";
  case oid::box_array: return "box[]";
  case oid::float4_array: return "float4[]";
  case oid::float8_array: return "float8[]";
  case oid::polygon_array: return "polygon[]";
  case oid::oid_array: return "oid[]";
  case oid::aclitem: return "aclitem";
  case oid::aclitem_array: return "aclitem[]";
  case oid::macaddr_array: return "macaddr[]";
  case oid::inet_array: return "inet[]";
  case oid::bpchar: return "bpchar";
  case oid::varchar: return "varchar";
  case oid::date: return "date";
  case oid::time: return "time";
  case oid::timestamp: return "timestamp";
  case oid::timestamp_array: return "timestamp[]";
  case oid::date_array: return "date[]";
  case oid::time_array: return "time[]";
  case oid::timestamptz: return "timestamptz";
  case oid::timestamptz_array: return "timestamptz[]";
  case oid::interval: return "interval";
  case oid::interval_array: return "interval[]";
  case oid::numeric_array: return "numeric[]";
  case oid::cstring_array: return "cstring[]";
  case oid::timetz: return "timetz";
  case oid::timetz_array: return "timetz[]";
  case oid::bit: return "bit";
  case oid::bit_array: return "bit[]";
  case oid::varbit: return "varbit";
  case oid::varbit_array: return "varbit[]";
  case oid::numeric: return "numeric";
  case oid::refcursor: return "refcursor";
  case oid::refcursor_array: return "refcursor[]";
  case oid::regprocedure: return "regprocedure";
  case oid::regoper: return "regoper";
  case oid::regoperator: return "regoperator";
  case oid::regclass: return "regclass";
  case oid::regtype: return "regtype";
  case oid::regprocedure_array: return "regprocedure[]";
  case oid::regoper_array: return "regoper[]";
  case oid::regoperator_array: return "regoperator[]";
  case oid::regclass_array: return "regclass[]";
  case oid::regtype_array: return "regtype[]";
  case oid::record: return "record";
  case oid::cstring: return "cstring";
  case oid::any: return "any";
  case oid::anyarray: return "anyarray";
  case oid::void_: return "void";
  case oid::trigger: return "trigger";
  case oid::language_handler: return "language_handler";
  case oid::internal: return "internal";
  case oid::anyelement: return "anyelement";
  case oid::record_array: return "record[]";
  case oid::anynonarray: return "anynonarray";
  case oid::txid_snapshot_array: return "txid_snapshot[]";
  case oid::uuid: return "uuid";
  case oid::uuid_array: return "uuid[]";
  case oid::txid_snapshot: return "txid_snapshot";
  case oid::fdw_handler: return "fdw_handler";
  case oid::pg_lsn: return "pg_lsn";
  case oid::pg_lsn_array: return "pg_lsn[]";
  case oid::tsm_handler: return "tsm_handler";
  case oid::pg_ndistinct: return "pg_ndistinct";
  case oid::pg_dependencies: return "pg_dependencies";
  case oid::anyenum: return "anyenum";
  case oid::tsvector: return "tsvector";
  case oid::tsquery: return "tsquery";
  case oid::gtsvector: return "gtsvector";
  case oid::tsvector_array: return "tsvector[]";
  case oid::gtsvector_array: return "gtsvector[]";
  case oid::tsquery_array: return "tsquery[]";
  case oid::regconfig: return "regconfig";
  case oid::regconfig_array: return "regconfig[]";
  case oid::regdictionary: return "regdictionary";
  case oid::regdictionary_array: return "regdictionary[]";
  case oid::jsonb: return "jsonb";
  case oid::jsonb_array: return "jsonb[]";
  case oid::anyrange: return "anyrange";
  case oid::event_trigger: return "event_trigger";
  case oid::int4range: return "int4range";
  case oid::int4range_array: return "int4range[]";
  case oid::numrange: return "numrange";
  case oid::numrange_array: return "numrange[]";
  case oid::tsrange: return "tsrange";
  case oid::tsrange_array: return "tsrange[]";
  case oid::tstzrange: return "tstzrange";
  case oid::tstzrange_array: return "tstzrange[]";
  case oid::daterange: return "daterange";
  case oid::daterange_array: return "daterange[]";
  case oid::int8range: return "int8range";
  case oid::int8range_array: return "int8range[]";
  case oid::jsonpath: return "jsonpath";
  case oid::jsonpath_array: return "jsonpath[]";
  case oid::regnamespace: return "regnamespace";
  case oid::regnamespace_array: return "regnamespace[]";
  case oid::regrole: return "regrole";
  case oid::regrole_array: return "regrole[]";
  case oid::regcollation: return "regcollation";
  case oid::regcollation_array: return "regcollation[]";
  case oid::int4multirange: return "int4multirange";
  case oid::nummultirange: return "nummultirange";
  case oid::tsmultirange: return "tsmultirange";
  case oid::tstzmultirange: return "tstzmultirange";
  case oid::datemultirange: return "datemultirange";
  case oid::int8multirange: return "int8multirange";
  case oid::anymultirange: return "anymultirange";
  case oid::anycompatiblemultirange: return "anycompatiblemultirange";
  case oid::pg_brin_bloom_summary: return "pg_brin_bloom_summary";
  case oid::pg_brin_minmax_multi_summary: return "pg_brin_minmax_multi_summary";
  case oid::pg_mcv_list: return "pg_mcv_list";
  case oid::pg_snapshot: return "pg_snapshot";
  case oid::pg_snapshot_array: return "pg_snapshot[]";
  case oid::xid8: return "xid8";
  case oid::anycompatible: return "anycompatible";
  case oid::anycompatiblearray: return "anycompatiblearray";
  case oid::anycompatiblenonarray: return "anycompatiblenonarray";
  case oid::anycompatiblerange: return "anycompatiblerange";
  case oid::int4multirange_array: return "int4multirange[]";
  case oid::nummultirange_array: return "nummultirange[]";
  case oid::tsmultirange_array: return "tsmultirange[]";
  case oid::tstzmultirange_array: return "tstzmultirange[]";
  case oid::datemultirange_array: return "datemultirange[]";
  case oid::int8multirange_array: return "int8multirange[]";
  }
  // clang-format on
  return "";
}

/// The array type of a built-in type; none where there is none.
constexpr oid array_of(oid type) noexcept {
  // clang-format off
  switch (type) {
  case oid::bool_: return oid::bool_array;
  case oid::bytea: return oid::bytea_array;
  case oid::char_: return oid::char_array;
  case oid::name: return oid::name_array;
  case oid::int8: return oid::int8_array;
  case oid::int2: return oid::int2_array;
  case oid::int2vector: return oid::int2vector_array;
  case oid::int4: return oid::int4_array;
  case oid::regproc: return oid::regproc_array;
  case oid::text: return oid::text_array;
  case oid::oid: return oid::oid_array;
  case oid::tid: return oid::tid_array;
  case oid::xid: return oid::xid_array;
  case oid::cid: return oid::cid_array;
  case oid::oidvector: return oid::oidvector_array;
  case oid::json: return oid::json_array;
  case oid::xml: return oid::xml_array;
  case oid::point: return oid::point_array;
  case oid::lseg: return oid::lseg_array;
  case oid::path: return oid::path_array;
  case oid::box: return oid::box_array;
  case oid::polygon: return oid::polygon_array;
  case oid::line: return oid::line_array;
  case oid::cidr: return oid::cidr_array;
  case oid::float4: return oid::float4_array;
  case oid::float8: return oid::float8_array;
  case oid::circle: return oid::circle_array;
  case oid::macaddr8: return oid::macaddr8_array;
  case oid::money: return oid::money_array;
  case oid::macaddr: return oid::macaddr_array;
  case oid::inet: return oid::inet_array;
  case oid::aclitem: return oid::aclitem_array;
  case oid::bpchar: return oid::bpchar_array;
  case oid::varchar: return oid::varchar_array;
  case oid::date: return oid::date_array;
  case oid::time: return oid::time_array;
  case oid::timestamp: return oid::timestamp_array;
  case oid::timestamptz: return oid::timestamptz_array;
  case oid::interval: return oid::interval_array;
  case oid::timetz: return oid::timetz_array;
  case oid::bit: return oid::bit_array;
  case oid::varbit: return oid::varbit_array;
  case oid::numeric: return oid::numeric_array;
  case oid::refcursor: return oid::refcursor_array;
  case oid::regprocedure: return oid::regprocedure_array;
  case oid::regoper: return oid::regoper_array;
  case oid::regoperator: return oid::regoperator_array;
  case oid::regclass: return oid::regclass_array;
  case oid::regtype: return oid::regtype_array;
  case oid::record: return oid::record_array;
  case oid::cstring: return oid::cstring_array;
  case oid::uuid: return oid::uuid_array;
  case oid::pg_lsn: return oid::pg_lsn_array;
  case oid::pg_snapshot: return oid::pg_snapshot_array;
  case oid::txid_snapshot: return oid::txid_snapshot_array;
  case oid::tsvector: return oid::tsvector_array;
  case oid::tsquery: return oid::tsquery_array;
  case oid::gtsvector: return oid::gtsvector_array;
  case oid::regconfig: return oid::regconfig_array;
  case oid::regdictionary: return oid::regdictionary_array;
  case oid::jsonb: return oid::jsonb_array;
  case oid::int4range: return oid::int4range_array;
  case oid::numrange: return oid::numrange_array;
  case oid::tsrange: return oid::tsrange_array;
  case oid::tstzrange: return oid::tstzrange_array;
  case oid::daterange: return oid::daterange_array;
  case oid::int8range: return oid::int8range_array;
  case oid::jsonpath: return oid::jsonpath_array;
  case oid::regnamespace: return oid::regnamespace_array;
  case oid::regrole: return oid::regrole_array;
  case oid::regcollation: return oid::regcollation_array;
  case oid::int4multirange: return oid::int4multirange_array;
  case oid::nummultirange: return oid::nummultirange_array;
  case oid::tsmultirange: return oid::tsmultirange_array;
  case oid::tstzmultirange: return oid::tstzmultirange_array;
  case oid::datemultirange: return oid::datemultirange_array;
  case oid::int8multirange: return oid::int8multirange_array;
  case oid::xid8: return oid::xid8_array;
  default: return oid::none;
  }
  // clang-format on
}

/// The type of an array's elements; none where `type` is no built-in array.
constexpr oid element_of(oid type) noexcept {
  // clang-format off
  switch (type) {
  case oid::bool_array: return oid::bool_;
  case oid::bytea_array: return oid::bytea;
  case oid::char_array: return oid::char_;
  case oid::name_array: return oid::name;
  case oid::int8_array: return oid::int8;
  case oid::int2_array: return oid::int2;
  case oid::int2vector_array: return oid::int2vector;
  case oid::int4_array: return oid::int4;
  case oid::regproc_array: return oid::regproc;
  case oid::text_array: return oid::text;
  case oid::oid_array: return oid::oid;
  case oid::tid_array: return oid::tid;
  case oid::xid_array: return oid::xid;
  case oid::cid_array: return oid::cid;
  case oid::oidvector_array: return oid::oidvector;
  case oid::json_array: return oid::json;
  case oid::xml_array: return oid::xml;
  case oid::point_array: return oid::point;
  case oid::lseg_array: return oid::lseg;
  case oid::path_array: return oid::path;
  case oid::box_array: return oid::box;
  case oid::polygon_array: return oid::polygon;
  case oid::line_array: return oid::line;
  case oid::cidr_array: return oid::cidr;
  case oid::float4_array: return oid::float4;
  case oid::float8_array: return oid::float8;
  case oid::circle_array: return oid::circle;
  case oid::macaddr8_array: return oid::macaddr8;
  case oid::money_array: return oid::money;
  case oid::macaddr_array: return oid::macaddr;
  case oid::inet_array: return oid::inet;
  case oid::aclitem_array: return oid::aclitem;
  case oid::bpchar_array: return oid::bpchar;
  case oid::varchar_array: return oid::varchar;
  case oid::date_array: return oid::date;
  case oid::time_array: return oid::time;
  case oid::timestamp_array: return oid::timestamp;
  case oid::timestamptz_array: return oid::timestamptz;
  case oid::interval_array: return oid::interval;
  case oid::timetz_array: return oid::timetz;
  case oid::bit_array: return oid::bit;
  case oid::varbit_array: return oid::varbit;
  case oid::numeric_array: return oid::numeric;
  case oid::refcursor_array: return oid::refcursor;
  case oid::regprocedure_array: return oid::regprocedure;
  case oid::regoper_array: return oid::regoper;
  case oid::regoperator_array: return oid::regoperator;
  case oid::regclass_array: return oid::regclass;
  case oid::regtype_array: return oid::regtype;
  case oid::record_array: return oid::record;
  case oid::cstring_array: return oid::cstring;
  case oid::uuid_array: return oid::uuid;
  case oid::pg_lsn_array: return oid::pg_lsn;
  case oid::pg_snapshot_array: return oid::pg_snapshot;
  case oid::txid_snapshot_array: return oid::txid_snapshot;
  case oid::tsvector_array: return oid::tsvector;
  case oid::tsquery_array: return oid::tsquery;
  case oid::gtsvector_array: return oid::gtsvector;
  case oid::regconfig_array: return oid::regconfig;
  case oid::regdictionary_array: return oid::regdictionary;
  case oid::jsonb_array: return oid::jsonb;
  case oid::int4range_array: return oid::int4range;
  case oid::numrange_array: return oid::numrange;
  case oid::tsrange_array: return oid::tsrange;
  case oid::tstzrange_array: return oid::tstzrange;
  case oid::daterange_array: return oid::daterange;
  case oid::int8range_array: return oid::int8range;
  case oid::jsonpath_array: return oid::jsonpath;
  case oid::regnamespace_array: return oid::regnamespace;
  case oid::regrole_array: return oid::regrole;
  case oid::regcollation_array: return oid::regcollation;
  case oid::int4multirange_array: return oid::int4multirange;
  case oid::nummultirange_array: return oid::nummultirange;
  case oid::tsmultirange_array: return oid::tsmultirange;
  case oid::tstzmultirange_array: return oid::tstzmultirange;
  case oid::datemultirange_array: return oid::datemultirange;
  case oid::int8multirange_array: return oid::int8multirange;
  case oid::xid8_array: return oid::xid8;
  default: return oid::none;
  }
  // clang-format on
}

/// For messages: the name, or `type 16415` where there is none.
inline std::string type_name(oid type) {
  auto const name = builtin_name(type);
  if (!name.empty()) return std::string(name);
  return "type " + std::to_string(static_cast<std::uint32_t>(type));
}

} // namespace tusk::wire
