// Laws of the text forms: what is written is read back, and no text can break a reader.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "agent/codec/chain_estimate_json.h"
#include "agent/codec/inventory_json.h"
#include "agent/error.h"
#include "policy/chain.h"
#include "policy/time.h"
#include "tests/law/any_vm.h"

namespace {

policy::Time any_time() {
  // From the year 0 to the year 9999, in microseconds.
  return policy::Time{std::chrono::microseconds{
      *rc::gen::inRange<std::int64_t>(-62'167'219'200'000'000, 253'402'300'800'000'000)}};
}

RC_GTEST_PROP(TimeLaw, WhatIsWrittenIsReadBack, ()) {
  const policy::Time time = any_time();
  RC_ASSERT(policy::parse_utc(policy::format_utc(time)) == time);
}

RC_GTEST_PROP(TimeLaw, TextIsOrderedAsTimeIs, ()) {
  const auto second = [](policy::Time time) {
    return std::chrono::floor<std::chrono::seconds>(time);
  };
  const policy::Time a = second(any_time());
  const policy::Time b = second(any_time());
  RC_ASSERT((policy::format_utc(a) < policy::format_utc(b)) == (a < b));
}

RC_GTEST_PROP(TimeLaw, NoTextThrowsAndOneWrongCharacterNeverCrashes, ()) {
  std::string text = policy::format_utc(any_time());
  text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
  text.resize(*rc::gen::inRange<std::size_t>(0, text.size() + 1));
  const auto time = policy::parse_utc(text);
  if (time) RC_ASSERT(policy::parse_utc(policy::format_utc(*time)).has_value());
  policy::parse_utc(*rc::gen::arbitrary<std::string>());
}

RC_GTEST_PROP(InventoryLaw, WhatIsWrittenIsReadBack, ()) {
  policy::Inventory inventory;
  inventory.taken = any_time();
  inventory.complete = *rc::gen::arbitrary<bool>();
  inventory.vms = {policy::build_vm(policy_test::any_history().seen()),
                   policy::build_vm(policy_test::any_observation())};
  std::stringstream text;
  agent::write_inventory(text, inventory);
  const policy::Inventory back = agent::read_inventory(text);
  RC_ASSERT(back.taken == inventory.taken);
  RC_ASSERT(back.complete == inventory.complete);
  RC_ASSERT(back.vms == inventory.vms);
}

RC_GTEST_PROP(InventoryLaw, NoBytesInANameMakeTheDocumentInvalid, ()) {
  policy::Vm vm;
  vm.identity.name = *rc::gen::arbitrary<std::string>();
  vm.place.attributes[*rc::gen::arbitrary<std::string>()] = *rc::gen::arbitrary<std::string>();
  policy::Snapshot snapshot;
  snapshot.description = *rc::gen::arbitrary<std::string>();
  vm.snapshots = {snapshot};
  std::ostringstream text;
  agent::write_vm(text, vm);
  RC_ASSERT(nlohmann::json::accept(text.str()));
}

/// A document with one byte changed is read or refused, and refused only as input.
template <class Read>
void expect_read_or_refused(std::string text, Read read) {
  text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
  try {
    read(text);
  } catch (const agent::Error& error) {
    RC_ASSERT(error.kind() == "input");
    RC_ASSERT(error.code() == agent::ExitCode::Usage);
  }
}

RC_GTEST_PROP(InventoryLaw, ADamagedDocumentIsReadOrRefused, ()) {
  policy::Inventory inventory;
  inventory.vms = {policy::build_vm(policy_test::any_history().seen())};
  std::ostringstream text;
  agent::write_inventory(text, inventory);
  expect_read_or_refused(text.str(), [](const std::string& damaged) {
    std::istringstream in(damaged);
    agent::read_inventory(in);
  });
}

RC_GTEST_PROP(ChainEstimateLaw, ADamagedRequestIsAnsweredOrRefused, ()) {
  expect_read_or_refused(R"({"capacity_bytes":1073741824,"grain_bytes":4096,"layers":[{"name":"d",)"
                         R"("allocated_bytes":5,"extents":[[0,65536]]},{"name":"b"}],)"
                         R"("skew":{"fraction":0.1,"share":0.9}})",
                         [](const std::string& damaged) {
                           RC_ASSERT(nlohmann::json::accept(agent::chain_estimate_reply(damaged)));
                         });
}

}  // namespace
