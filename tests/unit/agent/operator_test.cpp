// What an operator's command decides by itself: which snapshot is meant, what a revert costs, when
// a hold ends, and how all of it is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "agent/act/command/find_snapshot.h"
#include "agent/act/command/forced_guards.h"
#include "agent/act/command/revert_loss.h"
#include "agent/act/command/until.h"
#include "agent/actor.h"
#include "agent/cli/print/indented.h"
#include "agent/cli/print/print_operation.h"
#include "agent/cli/print/print_run.h"
#include "agent/codec/operation_json.h"
#include "agent/error.h"

namespace agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const policy::Time kToday = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};

policy::Snapshot made(const std::string& moid, const std::string& name, int days,
                      std::optional<std::string> parent) {
  policy::Snapshot one;
  one.moid = moid;
  one.name = one.raw_name = name;
  one.created = kToday - std::chrono::hours(24 * days);
  one.parent = std::move(parent);
  one.on_current_path = true;
  return one;
}

policy::Layer layer(std::uint64_t bytes, std::optional<std::string> snapshot) {
  policy::Layer one;
  one.file = "[ds] web/" + snapshot.value_or("base") + ".vmdk";
  one.bytes = bytes;
  one.snapshot = std::move(snapshot);
  return one;
}

/// s-1 <- s-2 <- s-3 (current); the second disk was added after s-1.
policy::Vm chained_vm() {
  policy::Vm vm;
  vm.identity.name = "web-01";
  vm.state.power = policy::Power::On;
  vm.snapshots = {made("s-1", "golden", 3, {}), made("s-2", "twice", 2, "s-1"),
                  made("s-3", "twice", 1, "s-2")};
  vm.snapshots.back().current = true;
  policy::Disk first, second;
  first.label = "Hard disk 1";
  first.layers = {layer(1 << 20, "s-3"), layer(2 << 20, "s-2"), layer(4 << 20, "s-1"),
                  layer(1 << 30, {})};
  second.label = "Hard disk 2";
  second.layers = {layer(1 << 20, "s-3"), layer(2 << 20, "s-2"), layer(1 << 30, {})};
  vm.disks = {first, second};
  return vm;
}

template <typename Act>
std::pair<std::string, ExitCode> refusal_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return {error.what(), error.code()};
  }
  return {"accepted", ExitCode::Ok};
}

TEST(FindSnapshot, TakesAMoidANameOrTheWordCurrent) {
  const policy::Vm vm = chained_vm();
  EXPECT_EQ(find_snapshot(vm, "s-2").moid, "s-2");
  EXPECT_EQ(find_snapshot(vm, "golden").moid, "s-1");
  EXPECT_EQ(find_snapshot(vm, "current").moid, "s-3");
}

TEST(FindSnapshot, RefusesANameOfTwoAndANameOfNone) {
  const policy::Vm vm = chained_vm();
  const auto [two, usage] = refusal_of([&] { find_snapshot(vm, "twice"); });
  EXPECT_EQ(usage, ExitCode::Usage);
  EXPECT_THAT(two, testing::AllOf(HasSubstr("s-2"), HasSubstr("s-3"), Not(HasSubstr("s-1"))));
  const auto [none, failed] = refusal_of([&] { find_snapshot(vm, "s-9"); });
  EXPECT_EQ(failed, ExitCode::Failed);
  EXPECT_THAT(none, HasSubstr("golden"));
}

TEST(FindSnapshot, DoesNotGuessBetweenTheCurrentOneAndOneOfThatName) {
  policy::Vm vm = chained_vm();
  vm.snapshots.front().name = "current";
  EXPECT_EQ(refusal_of([&] { find_snapshot(vm, "current"); }).second, ExitCode::Usage);
}

TEST(RevertLoss, TellsOfWritesNewerSnapshotsPowerAndDisks) {
  policy::Vm vm = chained_vm();
  vm.disks[1].mode = "persistent";
  const auto lines = revert_loss(vm, vm.snapshots[0], false, kToday);
  EXPECT_THAT(lines,
              ElementsAre(HasSubstr("(3 d), up to 10 MiB, is lost where no newer snapshot holds"),
                          HasSubstr("2 newer snapshots stay"), HasSubstr("is powered off by it"),
                          HasSubstr("Hard disk 2 has no part in the snapshot")));
}

TEST(RevertLoss, OfTheCurrentSnapshotDetachesNothing) {
  policy::Vm vm = chained_vm();
  vm.snapshots[2].memory = true;
  vm.disks[0].mode = "independent_persistent";
  const auto lines = revert_loss(vm, vm.snapshots[2], true, kToday);
  EXPECT_THAT(lines, ElementsAre(HasSubstr("stays in the snapshot that is taken first"),
                                 HasSubstr("runs on from the memory"),
                                 HasSubstr("Hard disk 1 is independent")));
}

TEST(RevertLoss, SaysSoWhereDisksThatWereAddedCannotBeTold) {
  policy::Vm vm = chained_vm();
  for (policy::Snapshot& one : vm.snapshots) one.on_current_path = one.moid == "s-3";
  for (policy::Disk& disk : vm.disks) disk.layers = {layer(1 << 30, {})};
  EXPECT_THAT(revert_loss(vm, vm.snapshots[0], false, kToday).back(),
              HasSubstr("can't be told from here"));
}

TEST(Until, IsATimeOrADurationFromNowAndNeverOver) {
  EXPECT_EQ(until_of("", kToday), std::nullopt);
  EXPECT_EQ(until_of("4h", kToday), kToday + std::chrono::hours(4));
  EXPECT_EQ(until_of("2026-11-23T00:00:00Z", kToday), kToday + std::chrono::hours(24));
  for (const char* text :
       {"2026-11-21T00:00:00Z", "tomorrow", "0s", "99999999w", "-4h", "9999-01-01T00:00:00Z"}) {
    EXPECT_EQ(refusal_of([&] { until_of(text, kToday); }).second, ExitCode::Usage) << text;
  }
}

TEST(ForcedGuards, AreThoseOfTheTables) {
  EXPECT_THAT(forced_guards({"free-space", "pinned"}), ElementsAre("free-space", "pinned"));
  const auto [told, code] = refusal_of([] { forced_guards({"free-spce"}); });
  EXPECT_EQ(code, ExitCode::Usage);
  EXPECT_THAT(told, HasSubstr("free-space"));
}

TEST(Actor, IsPrintableAndBounded) {
  const std::string name = user_name({{"SUDO_USER", std::string(500, 'x') + "\x1b[2J"}});
  EXPECT_FALSE(name.empty());
  EXPECT_LE(name.size(), 80u);
  EXPECT_THAT(name, Not(HasSubstr("\x1b")));
}

TEST(Indented, BreaksAtSpacesAndKeepsEveryWord) {
  const Screen narrow{.width = 30};
  EXPECT_EQ(indented("a guard said no because of the depth", 4, narrow),
            "    a guard said no because of\n    the depth\n");
  EXPECT_EQ(indented("one\nline\x1b", 2, Screen{}), "  one line\\x1b\n");
}

class Told : public testing::Test {
 protected:
  std::ostringstream text_;
  Output output_{.out = text_, .screen = {}, .json = false, .quiet = false, .now = kToday};

  static OperationResponse removal() {
    OperationResponse response;
    response.vm = {.endpoint = "prod", .moid = "vm-1", .name = "web-01"};
    response.steps.resize(1);
    response.steps[0].kind = policy::OpKind::Remove;
    response.steps[0].snapshot.moid = "snapshot-7";
    response.results.resize(1);
    return response;
  }
};

TEST_F(Told, OfARefusalNamesTheGuardAndWhetherItCanBeForced) {
  OperationResponse response = removal();
  response.results[0].end = StepEnd::Refused;
  response.results[0].refusals.resize(2);
  response.results[0].refusals[0].rule = "merge-space";
  response.results[0].refusals[0].text = "there is no room";
  response.results[0].refusals[0].forceable = true;
  response.results[0].refusals[1].rule = "pinned";
  response.results[0].refusals[1].text = "the snapshot is pinned";
  print(response, output_);
  EXPECT_EQ(text_.str(),
            "remove of snapshot snapshot-7 on web-01: refused\n"
            "  merge-space: there is no room; --force merge-space overrides it, on the record\n"
            "  pinned: the snapshot is pinned\n");
}

TEST_F(Told, OfADoneOperationIsOneLineAndItsJsonHasTheWhole) {
  OperationResponse response = removal();
  policy::Operation operation;
  operation.id = "01JD7Q0000AAAABBBBCCCCDDDD";
  operation.kind = policy::OpKind::Remove;
  operation.state = policy::OpState::Done;
  operation.vm = response.vm;
  operation.snapshot.moid = "snapshot-7";
  operation.layers_verified = true;
  response.results[0].end = StepEnd::Done;
  response.results[0].operation = operation;
  response.results[0].took = std::chrono::seconds(75);
  response.results[0].bytes = 3u << 20;
  print(response, output_);
  EXPECT_EQ(text_.str(),
            "remove of snapshot snapshot-7 on web-01: done, layers verified, 1 min, 3 MiB "
            "(01JD7Q0000AAAABBBBCCCCDDDD)\n");
  const auto json = response_json(response);
  EXPECT_EQ(json["operation"]["id"], operation.id);
  EXPECT_EQ(json["operation"]["layers"], "verified");
  EXPECT_EQ(json["operation"]["seconds"], 75);
  EXPECT_EQ(json["operations"].size(), 1u);
}

nlohmann::ordered_json step(const char* what, const char* end, const char* text) {
  return {{"step", what},        {"end", end}, {"text", text},
          {"seconds", 3},        {"bytes", 0}, {"snapshot_name", "daily 7Q2M9K"},
          {"layers", "verified"}};
}

TEST_F(Told, OfARunIsATableWithWhatWentWrongBelowAndTheHeldOnesInALine) {
  nlohmann::ordered_json report{{"run", "01JD"},
                                {"kind", "run"},
                                {"outcome", "partial"},
                                {"started", "2026-11-22T02:00:00Z"},
                                {"ended", "2026-11-22T02:01:05Z"},
                                {"summary", "1 created, 2 held, 1 failed"}};
  const auto vm = [](const char* name, nlohmann::ordered_json step) {
    return nlohmann::ordered_json{{"policy", "daily"},
                                  {"name", name},
                                  {"steps", nlohmann::ordered_json::array({std::move(step)})}};
  };
  report["vms"] = {vm("web-01", step("create", "done", "")),
                   vm("web-02", step("create", "failed", "the server said no")),
                   vm("web-03", step("create", "held", "not armed")),
                   vm("web-04", step("create", "held", "not armed"))};
  nlohmann::ordered_json waits{{"policy", "daily"}, {"name", "db-01"}};
  waits["refusals"] = {{{"rule", "other-product"}, {"verdict", "waits"}, {"text", "it is busy"}},
                       {{"rule", "policy-not-armed"}, {"verdict", "held"}, {"text", "no"}}};
  report["vms"].push_back(waits);
  print_report(report, output_);
  EXPECT_EQ(text_.str(),
            "run 01JD of 2026-11-22T02:00:00Z, 1 min: partial\n"
            "\n"
            "policy daily\n"
            "VM      STEP    RESULT  SNAPSHOT      BYTES  TIME\n"
            "web-01  create  done    daily 7Q2M9K      -   3 s\n"
            "web-02  create  failed  daily 7Q2M9K      -   3 s\n"
            "    the server said no\n"
            "db-01   -       waits   -                 -     -\n"
            "    other-product: it is busy\n"
            "2 VMs held: not armed\n"
            "\n"
            "in all: 1 created, 2 held, 1 failed\n");
}

TEST_F(Told, OfADryRunSaysWhatIsPlannedAndNotThatItWasNotTried) {
  nlohmann::ordered_json report{{"kind", "run"}, {"dry_run", true}};
  report["vms"] = {{{"policy", "daily"},
                    {"name", "web-01"},
                    {"steps", nlohmann::ordered_json::array({step("create", "not-tried", "")})}}};
  print_report(report, output_);
  EXPECT_THAT(text_.str(), testing::AllOf(HasSubstr("dry run"), HasSubstr("planned"),
                                          Not(HasSubstr("not-tried"))));
}

TEST_F(Told, OfARunOfThousandsEndsWithACount) {
  nlohmann::ordered_json report{{"kind", "run"}, {"vms", nlohmann::ordered_json::array()}};
  for (int i = 0; i < 1500; ++i) {
    report["vms"].push_back(
        {{"policy", "daily"},
         {"name", "vm"},
         {"steps", nlohmann::ordered_json::array({step("create", "done", "")})}});
  }
  print_report(report, output_);
  EXPECT_THAT(text_.str(), HasSubstr("and 1,300 more steps; --json has all\n"));
  const std::string text = text_.str();
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 210);
}

}  // namespace
}  // namespace agent
