// What storing costs, beside the least it could cost: one plain INSERT of the same bytes per VM,
// and beside the design that was not taken: a row for every disk, layer and snapshot. Counter
// `limit_ms` is the number to stay under, see storage/README.md.
#include <benchmark/benchmark.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "storage/journal.h"
#include "storage/store.h"
#include "storage/vm_text.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kVms = 10000;
constexpr int kPage = 100;

class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "deltakeep-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string file() const { return (path_ / "state.db").string(); }

 private:
  std::filesystem::path path_;
};

policy::Time day(int n) {
  return std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + std::chrono::days(n);
}

policy::Snapshot make_snapshot(const std::string& vm, int number) {
  policy::Snapshot s;
  s.moid = "snapshot-" + vm + std::to_string(number);
  s.id = number + 1;
  s.name = s.raw_name = "deltakeep 2026-01-0" + std::to_string(number + 1) + "T02:00:00Z";
  s.description = "deltakeep v1 policy=daily op=0190b2c4 mac=6f1b3f0c9d1e4a77";
  s.created = day(number);
  if (number > 0) s.parent = "snapshot-" + vm + std::to_string(number - 1);
  s.current = number == 3;
  s.on_current_path = true;
  s.owner = policy::Owner::Ours;
  s.bytes = 123456789u + static_cast<unsigned>(number);
  return s;
}

policy::Disk make_disk(const std::string& vm, int number, std::uint64_t growth) {
  policy::Disk disk;
  disk.key = 2000 + number;
  disk.label = "Hard disk " + std::to_string(number + 1);
  disk.capacity_bytes = std::uint64_t{40} << 30;
  disk.kind = policy::DeltaKind::SeSparse;
  disk.mode = "persistent";
  disk.uuid = "6000C295-ab56-1cc1-53a1-" + vm;
  disk.datastore = "datastore-12";
  disk.depth = 4;
  disk.probes = {.best = 4.61803 + 1e-9 * static_cast<double>(growth),
                 .low = 4.5,
                 .high = 4.7,
                 .worst = 5,
                 .base_share = 0.89123,
                 .split_64k = 1.37,
                 .map_bytes = 83886080};
  for (int l = 4; l >= 0; --l) {
    policy::Layer layer;
    layer.file =
        "[vsanDatastore] web-" + vm + "/web-" + vm + "-00000" + std::to_string(l) + ".vmdk";
    layer.bytes = 1234567890u * static_cast<unsigned>(5 - l) + (l == 4 ? growth : 0);
    if (l > 0) layer.snapshot = "snapshot-" + vm + std::to_string(l - 1);
    disk.layers.push_back(layer);
  }
  return disk;
}

/// 2 disks, 4 snapshots. `growth` changes the size of the running layers.
policy::Vm make_vm(int number, std::uint64_t growth) {
  const std::string n = std::to_string(100000 + number);
  policy::Vm vm;
  vm.identity = {.endpoint = "prod",
                 .moid = "vm-" + n,
                 .instance_uuid = "5002f6a4-8b1c-" + n,
                 .bios_uuid = "4202e1b8-5b0e-" + n,
                 .name = "web-" + std::to_string(number * 7919 % kVms),
                 .raw_name = "web-" + n};
  vm.place = {.path = "/DC0/vm/prod/web-" + n,
              .cluster = "Cluster-0",
              .host = "host-14",
              .datastores = {"datastore-12"},
              .tags = {"backup:daily"},
              .attributes = {}};
  vm.state.connection = policy::Connection::Connected;
  vm.state.power = policy::Power::On;
  for (int s = 0; s < 4; ++s) vm.snapshots.push_back(make_snapshot(n, s));
  for (int d = 0; d < 2; ++d) vm.disks.push_back(make_disk(n, d, growth));
  vm.depth = vm.tree_depth = 4;
  vm.probes = vm.disks[0].probes.best;
  return vm;
}

std::vector<policy::Vm> inventory(std::uint64_t growth) {
  std::vector<policy::Vm> vms;
  vms.reserve(kVms);
  for (int i = 0; i < kVms; ++i) {
    vms.push_back(make_vm(i, growth == 0 ? 0 : growth + static_cast<unsigned>(i)));
  }
  return vms;
}

/// Seconds of a scan without what `put` takes (the encoding), and of the longest single wait.
struct Cost {
  double put = 0;
  double commit = 0;
  double close = 0;
};

Cost run_scan(storage::Store& store, const std::vector<policy::Vm>& vms, policy::Time time) {
  Cost cost;
  auto writer = store.begin_scan(
      {.name = "prod", .uuid = "u", .api = "8.0.2.0", .product = "p", .is_host = false}, time);
  const auto lap = [last = Clock::now()]() mutable {
    const auto now = Clock::now();
    return std::chrono::duration<double>(now - std::exchange(last, now)).count();
  };
  auto timer = lap;
  for (std::size_t i = 0; i < vms.size(); ++i) {
    writer.put(vms[i]);
    if ((i + 1) % kPage != 0) continue;
    cost.put += timer();
    writer.commit_page();
    cost.commit += timer();
  }
  writer.close(storage::ScanOutcome::Complete, {}, time);
  cost.close = timer();
  return cost;
}

void report(benchmark::State& state, const Cost& cost, double limit_ms) {
  state.SetIterationTime(cost.commit + cost.close);
  state.counters["put_ms"] = 1e3 * cost.put;
  state.counters["pages_ms"] = 1e3 * cost.commit;
  state.counters["close_ms"] = 1e3 * cost.close;
  state.counters["limit_ms"] = limit_ms;
}

void first_scan(benchmark::State& state) {
  const auto vms = inventory(0);
  for (auto _ : state) {
    const TempDir dir;
    auto store = storage::Store::open(dir.file(), storage::Access::ReadWrite);
    report(state, run_scan(store, vms, day(0)), 1000);
    state.counters["file_mib"] =
        static_cast<double>(std::filesystem::file_size(dir.file())) / (1 << 20);
  }
}

void unchanged_rescan(benchmark::State& state) {
  const auto vms = inventory(0);
  const TempDir dir;
  auto store = storage::Store::open(dir.file(), storage::Access::ReadWrite);
  run_scan(store, vms, day(0));
  int n = 0;
  for (auto _ : state) report(state, run_scan(store, vms, day(++n)), 500);
}

void rescan_with_every_vm_changed(benchmark::State& state) {
  const std::vector<std::vector<policy::Vm>> turns{inventory(1), inventory(77777)};
  const TempDir dir;
  auto store = storage::Store::open(dir.file(), storage::Access::ReadWrite);
  run_scan(store, turns[0], day(0));
  int n = 0;
  for (auto _ : state) {
    ++n;
    report(state, run_scan(store, turns[static_cast<std::size_t>(n % 2)], day(n)), 500);
  }
}

void read_every_vm(benchmark::State& state) {
  const TempDir dir;
  auto store = storage::Store::open(dir.file(), storage::Access::ReadWrite);
  run_scan(store, inventory(0), day(0));
  for (auto _ : state) {
    std::uint64_t layers = 0;
    store.for_each_vm({}, [&](const policy::Vm& vm) { layers += vm.disks[0].layers.size(); });
    if (layers != 5u * kVms) state.SkipWithError("VMs are missing");
  }
}

void find_one_vm(benchmark::State& state) {
  const TempDir dir;
  auto store = storage::Store::open(dir.file(), storage::Access::ReadWrite);
  run_scan(store, inventory(0), day(0));
  for (auto _ : state) {
    if (store.find_vms("web-77").size() != 1) state.SkipWithError("not found");
  }
}

void open_for_reading(benchmark::State& state) {
  const TempDir dir;
  auto store = storage::Store::open(dir.file(), storage::Access::ReadWrite);
  run_scan(store, inventory(0), day(0));
  for (auto _ : state) {
    const auto reader = storage::Store::open(dir.file(), storage::Access::ReadOnly);
    benchmark::DoNotOptimize(reader.last_scans());
  }
}

/// Bare SQLite, with the durability of a scan: pages NORMAL, the last commit FULL.
class Plain {
 public:
  explicit Plain(const std::string& file, const char* schema) {
    sqlite3* raw = nullptr;
    sqlite3_open(file.c_str(), &raw);
    db_.reset(raw);
    run("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        "PRAGMA secure_delete = OFF; PRAGMA cache_size = -8000");
    run(schema);
  }
  void run(const char* sql) {
    if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(db_.get()));
    }
  }
  sqlite3* handle() { return db_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  std::unique_ptr<sqlite3, Close> db_;
};

class Insert {
 public:
  Insert(Plain& db, const char* sql) {
    if (sqlite3_prepare_v2(db.handle(), sql, -1, &statement_, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(db.handle()));
    }
  }
  Insert(const Insert&) = delete;
  Insert& operator=(const Insert&) = delete;
  ~Insert() { sqlite3_finalize(statement_); }
  template <class... Values>
  void operator()(const Values&... values) {
    int i = 0;
    (bind(++i, values), ...);
    if (sqlite3_step(statement_) != SQLITE_DONE) throw std::runtime_error("insert failed");
    sqlite3_reset(statement_);
  }

 private:
  void bind(int i, const std::string& text) {
    sqlite3_bind_text64(statement_, i, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  void bind(int i, const std::optional<std::string>& text) {
    text ? bind(i, *text) : static_cast<void>(sqlite3_bind_null(statement_, i));
  }
  void bind(int i, double value) { sqlite3_bind_double(statement_, i, value); }
  template <std::integral T>
  void bind(int i, T value) {
    sqlite3_bind_int64(statement_, i, static_cast<sqlite3_int64>(value));
  }
  sqlite3_stmt* statement_ = nullptr;
};

template <class Row>
void insert_in_pages(Plain& db, int rows, Row row) {
  for (int i = 0; i < rows; ++i) {
    if (i % kPage == 0) db.run("BEGIN IMMEDIATE");
    row(i);
    if (i + 1 == rows)
      db.run("COMMIT; PRAGMA synchronous = FULL; BEGIN; INSERT INTO last VALUES(1)");
    if ((i + 1) % kPage == 0) db.run("COMMIT");
  }
}

void plain_insert_of_the_same_bytes(benchmark::State& state) {
  std::vector<std::string> texts;
  for (const policy::Vm& vm : inventory(0)) storage::append_vm(texts.emplace_back(), vm);
  state.counters["bytes_per_vm"] = static_cast<double>(texts[0].size());
  for (auto _ : state) {
    const TempDir dir;
    Plain db(dir.file(),
             "CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT); CREATE TABLE last (n)");
    const auto start = Clock::now();
    Insert insert(db, "INSERT INTO t (text) VALUES (?)");
    insert_in_pages(db, kVms, [&](int i) { insert(texts[static_cast<std::size_t>(i)]); });
    state.SetIterationTime(std::chrono::duration<double>(Clock::now() - start).count());
  }
}

constexpr const char* kRowPerLayer = R"sql(
CREATE TABLE last (n);
CREATE TABLE v (id INTEGER PRIMARY KEY, moid, iuuid, buuid, name, raw, path, cluster, host, depth,
  probes);
CREATE TABLE s (vm, n, moid, id, name, raw, description, created, parent, current, owner, bytes,
  PRIMARY KEY (vm, n)) WITHOUT ROWID;
CREATE TABLE d (vm, key, label, capacity, kind, mode, uuid, ds, depth, p1, p2, p3, p4, p5, p6, p7,
  PRIMARY KEY (vm, key)) WITHOUT ROWID;
CREATE TABLE l (vm, key, n, file, bytes, snapshot, inherited, orphan,
  PRIMARY KEY (vm, key, n)) WITHOUT ROWID;
)sql";

void a_row_per_disk_layer_and_snapshot(benchmark::State& state) {
  const auto vms = inventory(0);
  for (auto _ : state) {
    const TempDir dir;
    Plain db(dir.file(), kRowPerLayer);
    const auto start = Clock::now();
    Insert vm(db, "INSERT INTO v VALUES (?,?,?,?,?,?,?,?,?,?,?)");
    Insert snapshot(db, "INSERT INTO s VALUES (?,?,?,?,?,?,?,?,?,?,?,?)");
    Insert disk(db, "INSERT INTO d VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    Insert layer(db, "INSERT INTO l VALUES (?,?,?,?,?,?,?,?)");
    insert_in_pages(db, kVms, [&](int i) {
      const policy::Vm& v = vms[static_cast<std::size_t>(i)];
      vm(i, v.identity.moid, v.identity.instance_uuid, v.identity.bios_uuid, v.identity.name,
         v.identity.raw_name, v.place.path, v.place.cluster, v.place.host, v.depth, v.probes);
      int n = 0;
      for (const policy::Snapshot& s : v.snapshots) {
        snapshot(i, n++, s.moid, s.id, s.name, s.raw_name, s.description,
                 s.created.time_since_epoch().count(), s.parent, s.current,
                 static_cast<int>(s.owner), s.bytes);
      }
      for (const policy::Disk& d : v.disks) {
        disk(i, d.key, d.label, d.capacity_bytes, static_cast<int>(d.kind), d.mode, d.uuid,
             d.datastore, d.depth, d.probes.best, d.probes.low, d.probes.high, d.probes.worst,
             d.probes.base_share, d.probes.split_64k, d.probes.map_bytes);
        n = 0;
        for (const policy::Layer& l : d.layers) {
          layer(i, d.key, n++, l.file, l.bytes, l.snapshot, l.inherited, l.orphan);
        }
      }
    });
    state.SetIterationTime(std::chrono::duration<double>(Clock::now() - start).count());
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
    state.counters["file_mib"] =
        static_cast<double>(std::filesystem::file_size(dir.file())) / (1 << 20);
  }
}

/// What keeping an operation adds to it: intent, task, done, each on disk before the next.
void an_operation_from_intent_to_done(benchmark::State& state) {
  const TempDir dir;
  const auto store = storage::Store::open(dir.file(), storage::Access::ReadWrite);
  storage::Journal journal(store);
  policy::Operation operation;
  operation.vm = {.endpoint = "prod",
                  .endpoint_uuid = "u",
                  .moid = "vm-1",
                  .instance_uuid = "50-1",
                  .name = "web-1"};
  operation.before = policy::image_of(make_vm(1, 0), "2026-01-01T02:00:00.123456Z", day(0));
  const storage::AuditEntry audit{.time = day(0),
                                  .actor = "schedule",
                                  .action = "operation",
                                  .endpoint = "prod",
                                  .vm = "web-1",
                                  .snapshot = "",
                                  .subject = "",
                                  .policy = "daily",
                                  .text = "create"};
  int n = 0;
  for (auto _ : state) {
    operation.id = "01J" + std::to_string(++n);
    operation.state = policy::OpState::Intent;
    journal.begin(operation, audit);
    operation.state = policy::OpState::Task;
    journal.update(operation, audit);
    operation.state = policy::OpState::Done;
    operation.snapshot.moid = "snapshot-" + std::to_string(n);
    journal.update(operation, audit);
  }
}

/// The least that three durable changes cost.
void three_plain_commits(benchmark::State& state) {
  const TempDir dir;
  Plain db(dir.file(), "CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)");
  db.run("PRAGMA synchronous = FULL");
  Insert insert(db, "INSERT INTO t (text) VALUES (?)");
  const std::string text(2000, 'x');
  for (auto _ : state) {
    for (int i = 0; i < 3; ++i) insert(text);
  }
}

void encode(benchmark::State& state) {
  const auto vms = inventory(0);
  std::string text;
  for (auto _ : state) {
    for (const policy::Vm& vm : vms) {
      text.clear();
      storage::append_vm(text, vm);
      benchmark::DoNotOptimize(text.data());
    }
  }
}

BENCHMARK(plain_insert_of_the_same_bytes)
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(15)
    ->ReportAggregatesOnly()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(a_row_per_disk_layer_and_snapshot)
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(15)
    ->ReportAggregatesOnly()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(first_scan)
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(15)
    ->ReportAggregatesOnly()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(unchanged_rescan)
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(15)
    ->ReportAggregatesOnly()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(rescan_with_every_vm_changed)
    ->UseManualTime()
    ->Iterations(2)
    ->Repetitions(15)
    ->ReportAggregatesOnly()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(read_every_vm)->Unit(benchmark::kMillisecond);
BENCHMARK(find_one_vm)->Unit(benchmark::kMillisecond);
BENCHMARK(open_for_reading)->Unit(benchmark::kMillisecond);
BENCHMARK(three_plain_commits)->Unit(benchmark::kMillisecond);
BENCHMARK(an_operation_from_intent_to_done)->Unit(benchmark::kMillisecond);
BENCHMARK(encode)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
