// Create: what became of it is told by the mark first, then by a running task, then by the history,
// and by two equal looks last.
#include <algorithm>
#include <vector>

#include "policy/settle_parts.h"
#include "policy/verify_parts.h"

namespace policy {
namespace {

/// The nodes that carry this operation's mark, newest first.
std::vector<NodeImage> marked_nodes(const Case& c) {
  std::vector<NodeImage> found;
  for (const NodeImage& node : c.now.nodes) {
    const auto mark = c.look.marked.find(node.moid);
    if (mark != c.look.marked.end() && mark->second == c.operation.id) found.push_back(node);
  }
  std::sort(found.begin(), found.end(), [](const NodeImage& a, const NodeImage& b) {
    return a.created != b.created ? a.created > b.created : a.moid > b.moid;
  });
  return found;
}

std::vector<NodeImage> new_nodes(const Case& c) {
  std::vector<NodeImage> found;
  for (const NodeImage& node : c.now.nodes) {
    if (node_of(c.operation.before, node.moid) == nullptr) found.push_back(node);
  }
  return found;
}

/// New nodes without the mark that the call may have made, had a person taken the mark away: not
/// one that was made long after, nor one that the history says somebody else made.
std::vector<NodeImage> suspects(const Case& c) {
  std::vector<NodeImage> found = new_nodes(c);
  std::erase_if(found, [&](const NodeImage& node) {
    if (node.created > sent_at(c.operation) + kUnknownFinding) return true;
    if (!c.look.history || c.look.user.empty()) return false;
    return std::any_of(c.look.history->begin(), c.look.history->end(), [&](const TaskSeen& task) {
      return task.result == node.moid && !task.user.empty() && task.user != c.look.user;
    });
  });
  return found;
}

Settled verify_made(const Case& c, const NodeImage& made) {
  Operation operation = c.operation;
  operation.snapshot = made;
  const Verification seen = verify_created(operation, c.now);
  switch (seen.verdict) {
    case Verified::Yes:
      return done(c, seen);
    case Verified::NotYet:
      if (c.call.others_run || c.look.at - sent_at(c.operation) <= kUnknownFinding) {
        return stay(c, seen.text);
      }
      break;
    case Verified::Pending:
    case Verified::No:
      // Both are told while something moves, too: a second look has to agree.
      if (c.call.others_run) return stay(c, seen.text);
      break;
  }
  const TwoLooks looks = two_looks(c, sent_at(c.operation));
  return looks.equal ? operator_needed(c, seen.text, seen.evidence) : stay(c, seen.text, looks);
}

Settled settle_found(const Case& c, const std::vector<NodeImage>& found) {
  Settled settled;
  if (c.call.outcome == Outcome::Running) {
    settled = wait(c);
  } else if (c.operation.state == OpState::Result) {
    settled = verify_made(c, found.front());
  } else {
    settled = step(c, OpState::Result, "the tree has a snapshot with this operation's mark");
  }
  settled.snapshot = found.front();
  for (std::size_t i = 1; i < found.size(); ++i) {
    // Two attempts came through. Both stay: nobody asked for either to go.
    settled.evidence.push_back({"duplicate", found[i].moid});
  }
  return settled;
}

/// The server made it, or it was seen before; now nothing in the tree carries the mark.
Settled settle_vanished(const Case& c, const std::string& made) {
  if (node_of(c.operation.before, made) != nullptr) {
    return operator_needed(c, "the task's result " + made + " was there before the call",
                           {{"result", made}});
  }
  if (c.call.others_run) return stay(c, "it is not in the tree, and another task runs on the VM");
  if (const NodeImage* node = node_of(c.now, made)) {
    const TwoLooks looks = two_looks(c, sent_at(c.operation));
    if (!looks.equal) return stay(c, made + " is in the tree, but without its mark", looks);
    Settled settled =
        become(c, OpState::Released, NextStep::Nothing,
               made + " is in the tree, but without its mark: a person changed it and has it now",
               {{"snapshot", made}});
    settled.snapshot = *node;
    return settled;
  }
  const TwoLooks looks = two_looks(c, sent_at(c.operation));
  if (!looks.equal) return stay(c, "the server made it, but the tree does not show it", looks);
  const std::vector<NodeImage> unmarked = new_nodes(c);
  if (made.empty() && !unmarked.empty()) {
    return operator_needed(c,
                           "the server made a snapshot and does not say which; " +
                               unmarked.front().moid + " carries no mark",
                           {{"snapshot", unmarked.front().moid}});
  }
  return become(c, OpState::Gone, NextStep::Nothing,
                "the server made it, and it was removed before it was verified");
}

/// No task, or one that failed; two looks agree that it is not there.
Settled settle_absent(const Case& c) {
  const VmImage& before = c.operation.before;
  const std::vector<NodeImage> unmarked = suspects(c);
  if (!unmarked.empty()) {
    return operator_needed(c,
                           "a snapshot that carries no mark appeared after the call was sent: " +
                               unmarked.front().moid + " may be it",
                           {{"snapshot", unmarked.front().moid}});
  }
  if (c.call.outcome == Outcome::Ambiguous) {
    return operator_needed(c, "several tasks of the history may have been it, and it is not there");
  }
  if (c.call.outcome == Outcome::Error) {
    return become(c, OpState::Failed, NextStep::Retry,
                  "the server could not make it" + fault_words(c.call));
  }
  // The node shows near the end; layers that no node explains may be its beginning.
  const std::size_t explained = new_nodes(c).size();
  const bool more_layers =
      std::any_of(c.now.disks.begin(), c.now.disks.end(), [&](const DiskImage& disk) {
        const DiskImage* old = disk_of(before, disk.key);
        return old != nullptr && disk.files.size() > old->files.size() + explained;
      });
  if (more_layers) {
    const std::string why = "the disks have more layers than the nodes of the tree explain";
    if (c.look.at - sent_at(c.operation) <= kUnknownFinding) return stay(c, why);
    return operator_needed(c, why);
  }
  return become(c, OpState::Failed, NextStep::Retry,
                "it was not made: two looks show no trace of it, and no task runs");
}

}  // namespace

Settled settle_create(const Case& c) {
  const std::vector<NodeImage> found = marked_nodes(c);
  if (!found.empty()) return settle_found(c, found);
  Time not_before = settled_from(c.operation);
  switch (c.call.outcome) {
    case Outcome::Running:
      return wait(c);
    case Outcome::Unclear:
      return unclear(c);
    case Outcome::Success:
      return settle_vanished(c, c.call.task->result);
    case Outcome::Error:
      not_before = sent_at(c.operation);
      break;
    case Outcome::None:
    case Outcome::Ambiguous:
      break;
  }
  if (c.operation.state == OpState::Result) return settle_vanished(c, c.operation.snapshot.moid);
  if (c.call.others_run) return stay(c, "another task runs on the VM");
  const TwoLooks looks = two_looks(c, not_before);
  if (!looks.equal)
    return stay(c, "it is not in the tree; nobody knows yet whether it comes", looks);
  return settle_absent(c);
}

}  // namespace policy
