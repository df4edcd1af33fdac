// Two vCenters in one run: what one has to wait for is nobody else's business.
#include "agent/act/execute/endpoint_turns.h"

#include <algorithm>

#include "agent/act/execute/counted_steps.h"
#include "tests/unit/agent/executor_world.h"

namespace agent::test {
namespace {

using policy::OpState;
using std::chrono::hours;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

/// A world of its own to use as a value, not as a test.
class AVcenter : public ExecutorWorld {
 public:
  using ExecutorWorld::calls;
  using ExecutorWorld::changed;
  using ExecutorWorld::create;
  using ExecutorWorld::executor;
  using ExecutorWorld::job;
  using ExecutorWorld::open_operations;
  using ExecutorWorld::rules;
  using ExecutorWorld::stop;
  using ExecutorWorld::vm;
  void TestBody() override {}

  EndpointWork creates(const std::string& name, const std::vector<std::string>& vms) {
    EndpointWork work;
    work.endpoint = name;
    work.executor = executor.get();
    for (const std::string& one : vms) work.jobs.push_back(planned(one));
    return work;
  }
  PlannedJob planned(const std::string& name) {
    PlannedJob made;
    made.job = job(name, {create()});
    return made;
  }
  /// Each snapshot takes as long.
  void is_slow(std::chrono::seconds by) {
    rules({{{"method", "CreateSnapshotEx_Task"}, {"then", {{"task_delay", by.count()}}}}});
  }
};

class TwoVcenters : public testing::Test {
 protected:
  TwoVcenters() {
    const auto note = [this](const char* where) {
      return [this, where](const policy::Operation& operation) {
        const std::string line = std::string(where) + " " + operation.vm.name + " " +
                                 policy::op_state_name(operation.state);
        if (seen_.empty() || seen_.back() != line) seen_.push_back(line);
      };
    };
    prod.changed = note("prod");
    lab.changed = note("lab");
    watch.took = [this](const PlannedJob& job, const StepResult& result) {
      took.push_back(job.job.vm.name + " " + step_end_name(result.end));
      texts.push_back(result.text);
    };
    watch.lost = [this](const std::string& endpoint, const vsphere::Error&) {
      lost.push_back(endpoint);
    };
  }

  void work(std::vector<EndpointWork> all) {
    work_side_by_side(std::move(all), prod.stop.get_token(), watch);
  }
  std::ptrdiff_t place_of(const std::string& line) const {
    const auto found = std::find(seen_.begin(), seen_.end(), line);
    EXPECT_NE(found, seen_.end()) << line;
    return found - seen_.begin();
  }

  AVcenter prod, lab;
  WorkWatch watch;
  std::vector<std::string> took, texts, lost;
  std::vector<std::string> seen_;
};

TEST_F(TwoVcenters, DoNotWaitForEachOther) {
  prod.is_slow(std::chrono::minutes{10});
  std::vector<EndpointWork> all;
  all.push_back(prod.creates("prod", {"web"}));
  all.push_back(lab.creates("lab", {"web", "db"}));
  work(std::move(all));
  EXPECT_THAT(took, ElementsAre("web done", "db done", "web done")) << "lab was over first";
  EXPECT_LT(place_of("lab db done"), place_of("prod web done"));
  EXPECT_THAT(prod.vm("web").snapshots, SizeIs(1));
  EXPECT_THAT(lab.vm("db").snapshots, SizeIs(1));
}

TEST_F(TwoVcenters, GoOnWhenTheSessionOfOneIsLost) {
  prod.changed = [this](const policy::Operation& operation) {
    if (operation.state != OpState::Task) return;
    const nlohmann::json gone{{"drop_before", true}};
    prod.rules({{{"method", "RetrievePropertiesEx"}, {"then", gone}},
                {{"method", "WaitForUpdatesEx"}, {"then", gone}}});
  };
  bool asked = false;
  std::vector<EndpointWork> all;
  all.push_back(prod.creates("prod", {"web", "db"}));
  all.front().jobs[1].job.demand.vm = all.front().jobs[0].job.demand.vm;  // one after the other
  all.front().next = [&] {
    asked = true;
    return std::vector<PlannedJob>{};
  };
  all.push_back(lab.creates("lab", {"web"}));
  work(std::move(all));
  EXPECT_THAT(lost, ElementsAre("prod"));
  EXPECT_FALSE(asked) << "nothing follows on an endpoint that nobody can ask";
  EXPECT_THAT(took, UnorderedElementsAre("web open", "db not-tried", "web done"));
  EXPECT_THAT(texts, Contains(HasSubstr("it was not sent: ")));
  EXPECT_THAT(prod.open_operations(), SizeIs(1)) << "a later run settles it";
}

TEST_F(TwoVcenters, BeginWhatFollowsWhenTheirOwnJobsAreOver) {
  prod.is_slow(std::chrono::minutes{5});
  std::vector<EndpointWork> all;
  all.push_back(prod.creates("prod", {"web"}));
  all.push_back(lab.creates("lab", {"web"}));
  all.back().next = [&] {
    EXPECT_THAT(took, ElementsAre("web done")) << "its own were told of before";
    return std::vector<PlannedJob>{lab.planned("db")};
  };
  work(std::move(all));
  EXPECT_THAT(took, ElementsAre("web done", "db done", "web done"));
  EXPECT_LT(place_of("lab db done"), place_of("prod web done"));
}

TEST_F(TwoVcenters, LeaveTheirTasksToTheServersWhenWeAreStopped) {
  prod.is_slow(hours{1});
  lab.changed = [this](const policy::Operation& operation) {
    if (operation.state == OpState::Done) prod.stop.request_stop();
  };
  bool asked = false;
  std::vector<EndpointWork> all;
  all.push_back(prod.creates("prod", {"web"}));
  all.push_back(lab.creates("lab", {"web"}));
  all.back().next = [&] {
    asked = true;
    return std::vector<PlannedJob>{};
  };
  work(std::move(all));
  EXPECT_FALSE(asked);
  EXPECT_THAT(took, UnorderedElementsAre("web open", "web done"));
  EXPECT_THAT(prod.open_operations(), SizeIs(1));
}

TEST(CountedSteps, AddUpOverEndpointsAndWhatFollows) {
  CountedSteps steps;
  std::vector<std::string> told;
  const auto tell = [&](const std::string& what, std::size_t done, std::size_t total) {
    told.push_back(what + " " + std::to_string(done) + "/" + std::to_string(total));
  };
  steps.tell(tell, "prod", 1, 4);
  steps.tell(tell, "lab", 2, 2);
  steps.tell(tell, "prod", 4, 4);
  steps.tell(tell, "prod", 1, 3);
  EXPECT_THAT(told, ElementsAre("prod: steps 1/4", "steps 3/6", "steps 6/6", "steps 7/9"));
}

}  // namespace
}  // namespace agent::test
