// tusk: tests/net/audience.cpp — who hears what a server says without being asked.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/audience.hpp>

#include "support/script.hpp"

#include <string>

using namespace messages;
using tusk::net::audience;
using tusk::net::inbox;
using tusk::protocol::step;
using tusk::protocol::steps;

namespace {

std::string all_of(inbox& box) {
  std::string all;
  while (box.size() != 0) all += box.take().payload;
  return all;
}

} // namespace

TEST_CASE("audience: each inbox gets what is told to its channels while it is there") {
  play([](script& s) {
    audience those(s.session);
    inbox a({"a"}, 10), ab({"a", "b"}, 10);
    s.reply(notification(1, "a", "unheard"));
    CHECK(!s.session.has_news());
    those.join(a);
    s.reply(notification(1, "a", "1") + notification(1, "b", "2"));
    CHECK(s.session.has_news());
    those.deliver(s.session.take_news());
    CHECK(!s.session.has_news());
    those.join(ab);
    CHECK(those.hears("b"));
    s.reply(notification(1, "a", "3") + notification(1, "b", "4") + notification(1, "c", "5"));
    those.deliver(s.session.take_news());
    those.leave(a);
    those.leave(a);
    CHECK(!those.has(a));
    CHECK(those.has(ab));
    s.reply(notification(1, "a", "6"));
    those.deliver(s.session.take_news());
    CHECK(all_of(a) == "13");
    CHECK(all_of(ab) == "346");
    those.leave(ab);
    CHECK(!those.hears("b"));
    s.reply(notification(1, "a", "unheard"));
    CHECK(!s.session.has_news());
  });
}

TEST_CASE("audience: notices go to the function, which may replace itself") {
  play([](script& s) {
    audience those(s.session);
    std::string heard;
    s.session.keep_notices(true);
    those.on_notice = [&](tusk::notice const& n) {
      heard += n.message;
      those.on_notice = nullptr;
    };
    s.reply(notice_response("a"));
    those.deliver(s.session.take_news());
    s.reply(notice_response("b"));
    those.deliver(s.session.take_news());
    CHECK(heard == "a");
  });
}

TEST_CASE("audience: DISCARD ALL ends those who came before it was asked for") {
  play([](script& s) {
    steps const simple{step::simple};
    audience those(s.session);
    inbox before({"a"}, 10), after({"a"}, 10);
    those.join(before);
    s.ask("listen", simple);
    s.ask("discard", simple);
    those.join(after);
    s.ask("listen", simple);
    s.sent("listendiscardlisten");
    s.reply(command_complete("LISTEN") + ready() + notification(1, "a", "1") + command_complete("DISCARD ALL") +
            ready() + command_complete("LISTEN") + ready() + notification(1, "a", "2"));
    those.deliver(s.session.take_news());
    CHECK(!those.has(before));
    CHECK(those.has(after));
    CHECK(before.ready());
    CHECK(after.size() == 2); // one that is ended may have heard too much, never too little
    those.leave(after);
  });
}

TEST_CASE("audience: DEALLOCATE ALL ends no listening") {
  play([](script& s) {
    audience those(s.session);
    inbox box({"a"}, 10);
    those.join(box);
    s.ask("deallocate", steps{step::simple});
    s.sent("deallocate");
    s.reply(command_complete("DEALLOCATE ALL") + ready());
    CHECK(!s.session.has_news());
    those.leave(box);
  });
}
