// What settling one kind of operation shares with another: whose task is whose, two equal looks,
// and the ways an answer is put. settle.h is the way in.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/settle.h"

namespace policy {

/// What is known of the last call of an operation.
enum class Outcome {
  None,     ///< no task of it is known
  Running,  ///< its task runs
  Unclear,  ///< its task is in a state that we have no word for
  Success,
  Error,
  Ambiguous,  ///< several tasks may have been it
};

struct CallSeen {
  Outcome outcome = Outcome::None;
  const TaskSeen* task = nullptr;  ///< of Running, Success and Error, and perhaps of Unclear
  bool others_run = false;         ///< a task that is not this call's runs on the VM
  /// Of Unclear: the history has it running, but the server has no such task any more.
  bool forgotten = false;
};
/// Never takes another user's task, one of another kind, or one queued before the call was sent;
/// nor one out of the history whose success is not what the look shows.
CallSeen call_of(const Operation& operation, const OpLook& look);

/// One operation, one look at its VM, which was found and can be believed.
struct Case {
  const Operation& operation;
  const OpLook& look;
  VmImage now;
  CallSeen call;
};

/// When the call left.
Time sent_at(const Operation& operation);
/// From then on the server is not about to do what it was asked any more.
inline Time settled_from(const Operation& operation) { return sent_at(operation) + kSettleTime; }

/// Two equal looks: nothing that counts changed between the stored one and this one.
struct TwoLooks {
  bool equal = false;
  std::optional<VmImage> first;  ///< to be stored, of !equal
  Time next{};                   ///< when to look again, of !equal
};
/// Both no earlier than `not_before`. One is enough where the server says that it began nothing,
/// and nothing differs from before the call.
TwoLooks two_looks(const Case& c, Time not_before);

/// It is over, or `next` follows.
Settled become(const Case& c, OpState state, NextStep next, std::string why,
               std::vector<Evidence> evidence = {});
/// What was to be brought about was seen.
Settled done(const Case& c, const Verification& seen);
/// Nothing is concluded: Intent becomes Unknown, any other state stays.
Settled stay(const Operation& operation, const OpLook& look, std::string why,
             std::optional<Time> look_at = {});
inline Settled stay(const Case& c, std::string why, std::optional<Time> look_at = {}) {
  return stay(c.operation, c.look, std::move(why), look_at);
}
/// The first of two looks, or one that differs from the first.
Settled stay(const Case& c, std::string why, const TwoLooks& looks);
/// Its task runs.
Settled wait(const Case& c);
/// Of an Unclear outcome.
Settled unclear(const Case& c);
/// A forgotten call is over when what it was to do is seen: nobody will tell its end.
bool is_unclear(const Case& c, const Verification& seen);
Settled operator_needed(const Case& c, std::string why, std::vector<Evidence> evidence = {});
/// The same look, asked about the next state.
Settled step(const Case& c, OpState state, std::string why, std::vector<Evidence> evidence = {});

/// ": FAULT (text)" of a task that failed, "" otherwise.
std::string fault_words(const CallSeen& call);

Settled settle_create(const Case& c);
Settled settle_remove(const Case& c);
Settled settle_consolidate(const Case& c);
Settled settle_revert(const Case& c);
Settled settle_clone(const Case& c);
Settled settle_rename(const Case& c);
Settled settle_destroy(const Case& c);

/// A consolidation is due: when it may be sent, under Remove as under Consolidate.
Settled merge_pending(const Case& c, const Verification& seen);

/// A restart of the server forgets tasks whose hosts go on; from then on nobody waits for one.
constexpr std::chrono::hours kForgottenWait{24};

/// How long a helper snapshot may be there with no task before a consolidation is tried.
constexpr std::chrono::minutes kHelperGrace{30};

}  // namespace policy
