#include <fmt/format.h>
#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>
#include <numbers>

#include "offprint/base/error.hpp"
#include "offprint/control/classic.hpp"
#include "offprint/control/models.hpp"

namespace offprint::control {
namespace {

using Model = std::shared_ptr<mjModel>;
using Data = std::unique_ptr<mjData, void (*)(mjData*)>;

[[noreturn]] void refuse(const char* message) {
  throw NumericalFailure(std::string("MuJoCo: ") + message, "a simulation step");
}

Data make_data(const mjModel* model) { return {mj_makeData(model), mj_deleteData}; }

/// Mass, centre and inertia of capsules weighed as cylinders of their length plus one radius; of other shapes as MuJoCo
/// has them.
void weigh_as_cylinders(mjModel* m, double total_mass) {
  for (int body = 1; body < m->nbody; ++body) {
    double mass = 0, centre[3]{}, inertia[9]{};
    struct Part {
      double mass, place[3], inertia[9];
    };
    std::vector<Part> parts;
    for (int g = m->body_geomadr[body]; g < m->body_geomadr[body] + m->body_geomnum[body]; ++g) {
      if (m->geom_type[g] != mjGEOM_CAPSULE) return;  // the maze's ball weighs the same in both
      const double r = m->geom_size[3 * g], length = 2 * m->geom_size[3 * g + 1], density = 1000;
      Part part{density * std::numbers::pi * r * r * (length + r), {}, {}};
      const double across = part.mass * (3 * r * r + (length + r) * (length + r)) / 12, along = part.mass * r * r / 2;
      double turn[9], diagonal[9]{across, 0, 0, 0, across, 0, 0, 0, along}, half[9];
      mju_quat2Mat(turn, m->geom_quat + 4 * g);
      mju_mulMatMat(half, turn, diagonal, 3, 3, 3);
      mju_mulMatMatT(part.inertia, half, turn, 3, 3, 3);
      std::copy_n(m->geom_pos + 3 * g, 3, part.place);
      mass += part.mass;
      for (int i = 0; i < 3; ++i) centre[i] += part.mass * part.place[i];
      parts.push_back(part);
    }
    for (auto& value : centre) value /= mass;
    for (const auto& part : parts) {
      double d[3];
      mju_sub3(d, part.place, centre);
      const double square = mju_dot3(d, d);
      for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
          inertia[3 * i + j] += part.inertia[3 * i + j] + part.mass * ((i == j ? square : 0) - d[i] * d[j]);
    }
    double vectors[9];
    m->body_mass[body] = mass;
    std::copy_n(centre, 3, m->body_ipos + 3 * body);
    mju_eig3(m->body_inertia + 3 * body, vectors, m->body_iquat + 4 * body, inertia);
    m->body_sameframe[body] = 0;
  }
  const auto data = make_data(m);
  if (total_mass > 0) mj_setTotalmass(m, total_mass);
  mj_setConst(m, data.get());
}

Model compile(const Task& task, Physics physics) {
  const auto xml = model_xml(task);
  const auto files = std::make_unique<mjVFS>();
  mj_defaultVFS(files.get());
  if (mj_makeEmptyFileVFS(files.get(), "model.xml", static_cast<int>(xml.size())) != 0)
    throw std::runtime_error("MuJoCo took no model text");
  std::memcpy(files->filedata[mj_findFileVFS(files.get(), "model.xml")], xml.data(), xml.size());
  char problem[500] = "";
  Model model(mj_loadXML("model.xml", files.get(), problem, sizeof problem), [](mjModel* m) {
    if (m) mj_deleteModel(m);
  });
  mj_deleteVFS(files.get());
  if (!model) throw std::logic_error(task.name + ": MuJoCo refused the model: " + problem);
  if (physics == Physics::legacy && task.family == "MuJoCo")
    weigh_as_cylinders(model.get(), task.name == "half-cheetah" ? 14 : 0);
  return model;
}

/// Compiled once a process: models are read-only and shared between threads.
Model model_of(const Task& task, Physics physics) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, Physics>, Model> models;
  const std::lock_guard lock(mutex);
  mju_user_error = refuse;
  mju_user_warning = [](const char*) {};  // a diverging state is reset by MuJoCo and seen by the task's own checks
  auto& model = models[{task.name, physics}];
  if (!model) model = compile(task, physics);
  return model;
}

class MujocoEnv : public Env {
 public:
  MujocoEnv(const Task& task, Physics physics, int frame_skip)
      : Env(task), model_(model_of(task, physics)), data_(make_data(model_.get())), frame_skip_(frame_skip) {}

  std::vector<double> positions() const override { return {qpos(), qpos() + model_->nq}; }
  std::vector<double> velocities() const override { return {qvel(), qvel() + model_->nv}; }

  std::vector<Segment> side_view() override {
    mj_kinematics(model_.get(), data_.get());
    std::vector<Segment> segments;
    for (int g = 0; g < model_->ngeom; ++g) {
      if (model_->geom_bodyid[g] == 0 || model_->geom_type[g] != mjGEOM_CAPSULE) continue;
      const double *p = data_->geom_xpos + 3 * g, *turn = data_->geom_xmat + 9 * g, half = model_->geom_size[3 * g + 1];
      segments.push_back({p[0] - half * turn[2], p[2] - half * turn[8], p[0] + half * turn[2], p[2] + half * turn[8],
                          model_->geom_size[3 * g]});
    }
    return segments;
  }

 protected:
  const double* qpos() const { return data_->qpos; }
  const double* qvel() const { return data_->qvel; }
  const mjData& data() const { return *data_; }
  double seconds_per_step() const { return frame_skip_ * model_->opt.timestep; }

  void place(std::span<const double> positions, std::span<const double> velocities) override {
    if (positions.size() != static_cast<std::size_t>(model_->nq) ||
        velocities.size() != static_cast<std::size_t>(model_->nv))
      throw BadInput(task().name, fmt::format("a state has {} positions and {} velocities", model_->nq, model_->nv),
                     "give as many");
    mj_resetData(model_.get(), data_.get());
    std::copy(positions.begin(), positions.end(), data_->qpos);
    std::copy(velocities.begin(), velocities.end(), data_->qvel);
    mj_forward(model_.get(), data_.get());
  }
  /// Noise around the model's reference state.
  template <class PositionNoise, class VelocityNoise>
  void begin_near_reference(const PositionNoise& position_noise, const VelocityNoise& velocity_noise) {
    mj_resetData(model_.get(), data_.get());
    for (int i = 0; i < model_->nq; ++i) data_->qpos[i] = model_->qpos0[i] + position_noise();
    for (int i = 0; i < model_->nv; ++i) data_->qvel[i] = velocity_noise();
    mj_forward(model_.get(), data_.get());
  }
  void simulate(std::span<const double> action, double scale = 1) {
    for (std::size_t i = 0; i < action.size(); ++i) data_->ctrl[i] = scale * action[i];
    for (int i = 0; i < frame_skip_; ++i) mj_step(model_.get(), data_.get());
  }
  void clip_velocities(double limit) {
    for (int i = 0; i < model_->nv; ++i) data_->qvel[i] = std::clamp(data_->qvel[i], -limit, limit);
    mj_forward(model_.get(), data_.get());
  }

 private:
  Model model_;
  Data data_;
  int frame_skip_;
};

double square_sum(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum;
}

float clipped(double value) { return static_cast<float>(std::clamp(value, -10.0, 10.0)); }

/// Hopper, Walker2d, HalfCheetah: planar bodies that shall run; the observation is the state without the distance.
class Runner : public MujocoEnv {
 public:
  Runner(const Task& task, Physics physics)
      : MujocoEnv(task, physics, task.name == "half-cheetah" ? 5 : 4),
        cheetah_(task.name == "half-cheetah"),
        hopper_(task.name == "hopper") {}

  void set_observation(std::span<const float> observation) override {
    const std::size_t joints = (observation.size() + 1) / 2;
    std::vector<double> positions(joints, 0),
        velocities(observation.begin() + static_cast<std::ptrdiff_t>(joints) - 1, observation.end());
    std::copy(observation.begin(), observation.begin() + static_cast<std::ptrdiff_t>(joints) - 1,
              positions.begin() + 1);
    set_state(positions, velocities);
  }
  std::vector<Segment> scenery() const override { return {{-1e3, 0, 1e3, 0, 0}}; }

 protected:
  void begin(Random& random) override {
    if (cheetah_)
      begin_near_reference([&] { return random.uniform(-0.1, 0.1); }, [&] { return 0.1 * random.normal(); });
    else
      begin_near_reference([&] { return random.uniform(-0.005, 0.005); },
                           [&] { return random.uniform(-0.005, 0.005); });
  }
  StepResult advance(std::span<const double> action) override {
    const double before = qpos()[0];
    simulate(action);
    const double speed = (qpos()[0] - before) / seconds_per_step();
    if (cheetah_) return {speed - 0.1 * square_sum(action), false, false};
    return {speed + 1 - 1e-3 * square_sum(action), !healthy(), false};
  }
  void observe(std::vector<float>& observation) const override {
    const std::size_t joints = (observation.size() + 1) / 2;
    for (std::size_t i = 1; i < joints; ++i) observation[i - 1] = static_cast<float>(qpos()[i]);
    for (std::size_t i = 0; i < joints; ++i)
      observation[joints - 1 + i] = cheetah_ ? static_cast<float>(qvel()[i]) : clipped(qvel()[i]);
  }

 private:
  /// On the raw state: observations clip velocities.
  bool healthy() const {
    const double z = qpos()[1], angle = qpos()[2];
    if (!hopper_) return z > 0.8 && z < 2 && angle > -1 && angle < 1;
    bool inside = std::isfinite(z) && std::isfinite(qpos()[0]);
    for (int i = 2; i < 6; ++i) inside = inside && std::abs(qpos()[i]) < 100;
    for (int i = 0; i < 6; ++i) inside = inside && std::abs(qvel()[i]) < 100;
    return inside && z > 0.7 && std::abs(angle) < 0.2;
  }

  bool cheetah_, hopper_;
};

class InvertedPendulum : public MujocoEnv {
 public:
  InvertedPendulum(const Task& task, Physics physics) : MujocoEnv(task, physics, 2) {}
  void set_observation(std::span<const float> o) override {
    set_state(std::vector<double>(o.begin(), o.begin() + 2), std::vector<double>(o.begin() + 2, o.end()));
  }

 protected:
  void begin(Random& random) override {
    const auto noise = [&] { return random.uniform(-0.01, 0.01); };
    begin_near_reference(noise, noise);
  }
  StepResult advance(std::span<const double> action) override {
    simulate(action, 3);
    const bool finite = std::isfinite(qpos()[0] + qpos()[1] + qvel()[0] + qvel()[1]);
    return {1, !finite || std::abs(qpos()[1]) > 0.2, false};
  }
  void observe(std::vector<float>& observation) const override {
    for (std::size_t i = 0; i < 2; ++i) {
      observation[i] = static_cast<float>(qpos()[i]);
      observation[2 + i] = static_cast<float>(qvel()[i]);
    }
  }
};

class InvertedDoublePendulum : public MujocoEnv {
 public:
  InvertedDoublePendulum(const Task& task, Physics physics) : MujocoEnv(task, physics, 5) {}
  void set_observation(std::span<const float> o) override {
    const auto angle = [&](std::size_t i) { return static_cast<double>(std::atan2(o[1 + i], o[3 + i])); };
    set_state(std::vector<double>{static_cast<double>(o[0]), angle(0), angle(1)},
              std::vector<double>(o.begin() + 5, o.begin() + 8));
  }

 protected:
  void begin(Random& random) override {
    begin_near_reference([&] { return random.uniform(-0.1, 0.1); }, [&] { return 0.1 * random.normal(); });
  }
  StepResult advance(std::span<const double> action) override {
    simulate(action);
    const double x = data().site_xpos[0], y = data().site_xpos[2], v1 = qvel()[1], v2 = qvel()[2];
    return {10 - (0.01 * x * x + (y - 2) * (y - 2)) - (1e-3 * v1 * v1 + 5e-3 * v2 * v2), y <= 1, false};
  }
  void observe(std::vector<float>& observation) const override {
    observation[0] = static_cast<float>(qpos()[0]);
    for (std::size_t i = 0; i < 2; ++i) {
      observation[1 + i] = static_cast<float>(std::sin(qpos()[1 + i]));
      observation[3 + i] = static_cast<float>(std::cos(qpos()[1 + i]));
    }
    for (std::size_t i = 0; i < 3; ++i) {
      observation[5 + i] = clipped(qvel()[i]);
      observation[8 + i] = clipped(data().qfrc_constraint[i]);
    }
  }
};

class PointMaze : public MujocoEnv {
 public:
  explicit PointMaze(const Task& task)
      : MujocoEnv(task, Physics::exact, 1), maze_(maze_of(task)), dense_(task.name.ends_with("-dense")) {}
  void set_observation(std::span<const float> o) override {
    set_state(std::vector<double>(o.begin(), o.begin() + 2), std::vector<double>(o.begin() + 2, o.end()));
  }
  std::vector<Segment> side_view() override { return {{qpos()[1], -qpos()[0], qpos()[1], -qpos()[0], 0.1}}; }
  std::vector<Segment> scenery() const override {
    std::vector<Segment> walls;  // in the coordinates of positions, cells of the maze's text from the top
    for (int row = 0; row < static_cast<int>(maze_.rows.size()); ++row)
      for (int column = 0; column < static_cast<int>(maze_.rows[static_cast<std::size_t>(row)].size()); ++column)
        if (maze_.wall(row, column)) walls.push_back({column - 0.7, -(row - 0.2), column + 0.3, -(row - 0.2), 0.5});
    return walls;
  }

 protected:
  void begin(Random& random) override {
    const auto [row, column] = maze_.free[random.below(maze_.free.size())];
    const double start[2]{row + random.uniform(-0.1, 0.1), column + random.uniform(-0.1, 0.1)};
    const double velocity[2]{0.1 * random.normal(), 0.1 * random.normal()};
    place(start, velocity);
  }
  StepResult advance(std::span<const double> action) override {
    clip_velocities(5);
    simulate(action);
    const double distance = std::hypot(qpos()[0] - maze_.goal.first, qpos()[1] - maze_.goal.second);
    return {dense_ ? std::exp(-distance) : (distance <= 0.5 ? 1.0 : 0.0), false, false};
  }
  void observe(std::vector<float>& observation) const override {
    for (std::size_t i = 0; i < 2; ++i) {
      observation[i] = static_cast<float>(qpos()[i]);
      observation[2 + i] = static_cast<float>(qvel()[i]);
    }
  }

 private:
  Maze maze_;
  bool dense_;
};

}  // namespace

std::unique_ptr<Env> make_mujoco(const Task& task, Physics physics) {
  if (task.family == "maze") return std::make_unique<PointMaze>(task);
  if (task.name == "inverted-pendulum") return std::make_unique<InvertedPendulum>(task, physics);
  if (task.name == "inverted-double-pendulum") return std::make_unique<InvertedDoublePendulum>(task, physics);
  return std::make_unique<Runner>(task, physics);
}

std::vector<std::pair<std::string, double>> body_masses(const Task& task, Physics physics) {
  std::vector<std::pair<std::string, double>> masses;
  if (!task.uses_mujoco()) return masses;
  const auto model = model_of(task, physics);
  for (int body = 1; body < model->nbody; ++body)
    masses.emplace_back(mj_id2name(model.get(), mjOBJ_BODY, body), model->body_mass[body]);
  return masses;
}

std::string mujoco_version() { return mj_versionString(); }

}  // namespace offprint::control
