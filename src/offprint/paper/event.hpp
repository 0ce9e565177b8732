// What a run says, and who listens.
#pragma once
#include <string>

#include "offprint/paper/json.hpp"

namespace offprint {

/// One thing a run said. `payload` by kind: progress {done,total,what,stage,stages}, metric {name,step,value}, table,
/// figure, file {path,name,description}, note {text}, warning {text}, claim {claim,check,value,low,high,seeds}.
struct Event {
  std::string kind;
  Json payload;
};

/// Whoever listens to a run. Called from one thread at a time.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void accept(const Event& event) = 0;
};

}  // namespace offprint
