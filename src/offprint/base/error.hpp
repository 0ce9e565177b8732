// The one exception family of the house. Every error names what is wrong, where, and how to mend it, on one line.
#pragma once
#include <stdexcept>
#include <string>
#include <utility>

namespace offprint {

/// Base of everything thrown on purpose. `what()` is one line: "where: problem; mend".
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  /// Exit status of the command line: 2 usage, 3 bad input, 1 the rest.
  virtual int exit_code() const noexcept { return 1; }
};

/// The command or one of its options is wrong. Names the option.
class UsageError : public Error {
 public:
  using Error::Error;
  int exit_code() const noexcept override { return 2; }
};

/// The user's data are wrong: `where` is a file with line and column, an option, a row; `mend` says what to do about it
/// (may be empty).
class BadInput : public Error {
 public:
  BadInput(const std::string& where, const std::string& problem, const std::string& mend = "")
      : Error((where.empty() ? "" : where + ": ") + problem + (mend.empty() ? "" : "; " + mend)) {}
  int exit_code() const noexcept override { return 3; }
};

/// Data that a package or a flag would provide are not on this machine; `mend` names that package or flag.
class MissingData : public BadInput {
 public:
  using BadInput::BadInput;
};

/// A computation did not converge or left the range of the numbers; `after` says after how much work.
class NumericalFailure : public Error {
 public:
  NumericalFailure(const std::string& problem, const std::string& after) : Error(problem + " after " + after) {}
};

/// The operating system refused a read or a write.
class IoError : public Error {
 public:
  IoError(const std::string& where, const std::string& problem) : Error(where + ": " + problem) {}
};

/// Somebody asked the run to stop. Not a failure.
class Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled") {}
};

}  // namespace offprint
