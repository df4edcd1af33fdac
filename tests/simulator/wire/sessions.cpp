#include "tests/simulator/wire/sessions.h"

#include "tests/simulator/wire/collector_state.h"

namespace sim {
namespace {

Time real_now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace

Sessions::Sessions(SessionOptions options)
    : options_(std::move(options)), random_(std::random_device{}()) {
  if (!options_.clock) options_.clock = real_now;
}

bool Sessions::knows(std::string_view user, std::string_view password) const {
  return user == options_.username && password == options_.password;
}

std::string Sessions::random_hex(int bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (int i = 0; i < 2 * bytes; ++i) out += kHex[random_() % 16];
  return out;
}

SessionState* Sessions::open(World& world, const std::string& user) {
  forget_lost(world);
  if (by_cookie_.size() >= options_.limit) return nullptr;
  auto session = std::make_unique<SessionState>();
  session->cookie = random_hex(20);
  session->key = "52" + random_hex(3) + "-" + random_hex(2) + "-" + random_hex(2) + "-" +
                 random_hex(2) + "-" + random_hex(6);
  session->user = user;
  session->login = world.now();
  session->last_active = options_.clock();
  session->calls = 1;
  session->views = std::make_shared<SessionViews>();
  SessionState* const opened = session.get();
  by_cookie_.emplace(opened->cookie, std::move(session));
  return opened;
}

SessionState* Sessions::find(World& world, std::string_view cookie) {
  forget_lost(world);
  const auto found = by_cookie_.find(cookie);
  if (found == by_cookie_.end()) return nullptr;
  SessionState& session = *found->second;
  session.last_active = options_.clock();
  ++session.calls;
  return &session;
}

void Sessions::close(const std::string& cookie) {
  const auto found = by_cookie_.find(cookie);
  if (found == by_cookie_.end()) return;
  found->second->views->alive = false;
  by_cookie_.erase(found);
}

void Sessions::close_all() {
  for (const auto& [cookie, session] : by_cookie_) session->views->alive = false;
  by_cookie_.clear();
}

std::vector<const SessionState*> Sessions::list() const {
  std::vector<const SessionState*> all;
  for (const auto& [cookie, session] : by_cookie_) all.push_back(session.get());
  return all;
}

void Sessions::forget_lost(World& world) {
  if (boots_ != world.boots) {
    if (boots_ != 0) close_all();
    boots_ = world.boots;
  }
  const Time now = options_.clock();
  for (auto each = by_cookie_.begin(); each != by_cookie_.end();) {
    SessionState& session = *each->second;
    if (session.waiting == 0 && now - session.last_active > options_.idle) {
      session.views->alive = false;
      each = by_cookie_.erase(each);
    } else {
      ++each;
    }
  }
}

}  // namespace sim
