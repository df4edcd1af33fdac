#include "storage/operation_row.h"

#include <fmt/format.h>

#include "storage/open_journal.h"
#include "storage/operation_text.h"

namespace storage {
namespace {

/// The texts of a row, alive while it is bound.
struct RowTexts {
  explicit RowTexts(const policy::Operation& o)
      : evidence(text_of(o.evidence)), forced(text_of(o.forced)), before(text_of(o.before)) {
    if (o.clone) clone = text_of(*o.clone);
    if (o.settling) settling = text_of(*o.settling);
  }
  std::string evidence, forced, before;
  std::optional<std::string> clone, settling;
};

/// ?1 to ?39, in the order of both statements below. The operation must live until the statement is
/// done.
void bind_operation(Query& q, const policy::Operation& o, const RowTexts& texts) {
  int i = 0;
  const auto put = [&](const auto& value) { q.bind(++i, value); };
  put(o.id);
  put(policy::op_kind_name(o.kind));
  put(policy::op_state_name(o.state));
  put(policy::is_over(o.state));
  for (const std::string* text :
       {&o.vm.endpoint, &o.vm.endpoint_uuid, &o.vm.moid, &o.vm.instance_uuid, &o.vm.name, &o.policy,
        &o.run, &o.actor, &o.job}) {
    put(*text);
  }
  put(o.started);
  put(o.updated);
  put(o.ended);
  put(o.attempt);
  put(o.method);
  put(o.sent);
  put(o.task);
  put(o.task_key);
  put(o.progress);
  put(o.snapshot.moid);
  put(o.snapshot.id);
  put(o.snapshot.created);
  put(o.snapshot.parent);
  put(o.name);
  put(o.description);
  put(o.memory);
  put(o.quiesced);
  put(o.next_look);
  put(o.layers_verified);
  put(o.why);
  put(o.fault);
  put(texts.evidence);
  put(texts.forced);
  put(texts.clone);
  put(texts.settling);
  put(texts.before);
}

/// Reads columns one after the other.
class Columns {
 public:
  Columns(const Query& row, int first) : row_(row), next_(first) {}
  void operator()(std::string& value) { value = row_.string(next_++); }
  void operator()(int& value) { value = row_.small(next_++); }
  void operator()(bool& value) { value = row_.flag(next_++); }
  void operator()(policy::Time& value) { value = row_.time(next_++); }
  void operator()(std::optional<policy::Time>& value) {
    value = row_.null(next_) ? std::nullopt : std::optional(row_.time(next_));
    ++next_;
  }
  std::string_view text() { return row_.text(next_++); }
  bool null() const { return row_.null(next_); }
  void skip() { ++next_; }

 private:
  const Query& row_;
  int next_;
};

template <class Value>
Value known(std::optional<Value> value, std::string_view text) {
  if (value) return *value;
  throw PackError("unknown word \"" + std::string(text) + "\"");
}

void read_head(Columns& column, policy::Operation& o) {
  const std::string_view kind = column.text();
  o.kind = known(policy::op_kind(kind), kind);
  const std::string_view state = column.text();
  o.state = known(policy::op_state(state), state);
  column.skip();  // over: follows from the state
  for (std::string* text : {&o.vm.endpoint, &o.vm.endpoint_uuid, &o.vm.moid, &o.vm.instance_uuid,
                            &o.vm.name, &o.policy, &o.run, &o.actor, &o.job}) {
    column(*text);
  }
  column(o.started);
  column(o.updated);
  column(o.ended);
}

void read_rest(Columns& column, policy::Operation& o) {
  column(o.attempt);
  column(o.method);
  column(o.sent);
  column(o.task);
  column(o.task_key);
  column(o.progress);
  column(o.snapshot.moid);
  column(o.snapshot.id);
  column(o.snapshot.created);
  column(o.snapshot.parent);
  column(o.name);
  column(o.description);
  column(o.memory);
  column(o.quiesced);
  column(o.next_look);
  column(o.layers_verified);
  column(o.why);
  column(o.fault);
}

void read_texts(Columns& column, policy::Operation& o) {
  o.evidence = evidence_of(column.text());
  o.forced = texts_of(column.text());
  if (!column.null())
    o.clone = clone_image_of(column.text());
  else
    column.skip();
  if (!column.null())
    o.settling = vm_image_of(column.text());
  else
    column.skip();
  o.before = vm_image_of(column.text());
}

}  // namespace

std::int64_t insert_operation(Database& db, const policy::Operation& operation) {
  const RowTexts texts(operation);
  {
    Query q(db,
            "INSERT INTO operation (id, kind, state, over, endpoint, endpoint_uuid, vm_moid, "
            "instance_uuid, vm_name, policy, run, actor, job, started, updated, ended, attempt, "
            "method, sent, task, task_key, progress, snapshot_moid, snapshot_id, "
            "snapshot_created, snapshot_parent, name, description, memory, quiesced, next_look, "
            "layers_verified, why, fault, evidence, forced, clone, settling, before, agent, epoch) "
            "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
            "?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, "
            "?35, ?36, ?37, ?38, ?39, agent, epoch FROM agent_identity");
    bind_operation(q, operation, texts);
    q.next();
  }
  return db.last_insert_id();
}

void update_operation(Database& db, const policy::Operation& operation) {
  const RowTexts texts(operation);
  Query q(db,
          "UPDATE operation SET (kind, state, over, endpoint, endpoint_uuid, vm_moid, "
          "instance_uuid, vm_name, policy, run, actor, job, started, updated, ended, attempt, "
          "method, sent, task, task_key, progress, snapshot_moid, snapshot_id, snapshot_created, "
          "snapshot_parent, name, description, memory, quiesced, next_look, layers_verified, why, "
          "fault, evidence, forced, clone, settling, before) = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
          "?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, "
          "?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39) WHERE id = ?1");
  bind_operation(q, operation, texts);
  q.next();
}

policy::Operation read_operation(const Database& db, const Query& row) {
  // number, id, agent, epoch come first.
  policy::Operation operation;
  operation.id = row.string(1);
  return reading_row(db, "operation " + operation.id, [&] {
    Columns column(row, 4);
    read_head(column, operation);
    read_rest(column, operation);
    read_texts(column, operation);
    return operation;
  });
}

void add_event(Database& db, std::int64_t number, const policy::Operation& operation) {
  db.run(
      "INSERT INTO operation_event (operation, time, state, attempt, why, evidence) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      number, operation.updated, policy::op_state_name(operation.state), operation.attempt,
      operation.why, text_of(operation.evidence));
}

Journal::Event read_event(const Query& row) {
  const std::string_view state = row.text(1);
  return {.time = row.time(0),
          .state = known(policy::op_state(state), state),
          .attempt = row.small(2),
          .why = row.string(3),
          .evidence = evidence_of(row.text(4))};
}

std::string name_of(const policy::Operation& o) {
  return fmt::format("{} {} on {} ({} of {}), begun {}, now {}", policy::op_kind_name(o.kind), o.id,
                     o.vm.name, o.vm.moid, o.vm.endpoint, policy::format_utc(o.started),
                     policy::op_state_name(o.state));
}

std::string find_id(Database& db, Sql ids, std::string_view text, const std::string& noun,
                    const std::string& command) {
  std::vector<std::string> found;
  std::size_t more = 0;
  if (!text.empty()) {
    const std::string end = std::string(text) + '\x7f';  // behind every id that begins so
    Query q(db, ids);
    q.bind(1, text);
    q.bind(2, end);
    while (q.next()) {
      if (q.text(0) == text) return q.string(0);
      found.size() < 3 ? found.push_back(q.string(0)) : void(++more);
    }
  }
  if (found.size() == 1 && more == 0) return found.front();
  if (found.empty()) {
    refuse(db, ErrorKind::NotFound,
           fmt::format("no {} has an id that begins with \"{}\"; `{}` lists them", noun, text,
                       command));
  }
  refuse(db, ErrorKind::Ambiguous,
         fmt::format("the ids of {} {}s begin with \"{}\" ({}{}); name more of it",
                     found.size() + more, noun, text, fmt::join(found, ", "),
                     more > 0 ? ", ..." : ""));
}

}  // namespace storage
