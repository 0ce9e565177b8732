#include "offprint/control/models.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "offprint/base/text.hpp"

namespace offprint::control {
namespace {

/// The planar root of a walking body: slides along x and z and a hinge about y, without damping or limits.
std::string root(const char* height) {
  const std::string free = R"(armature="0" damping="0" stiffness="0" limited="false")";
  return fmt::format(R"(<joint name="rootx" type="slide" axis="1 0 0" {0}/>
    <joint name="rootz" type="slide" axis="0 0 1" ref="{1}" {0}/>
    <joint name="rooty" type="hinge" axis="0 1 0" {0}/>)",
                     free, height);
}

std::string hopper() {
  return R"(<mujoco model="hopper">
  <compiler angle="degree" inertiafromgeom="true"/>
  <option timestep="0.002" integrator="RK4"/>
  <default>
    <joint armature="1" damping="1" limited="true"/>
    <geom type="capsule" contype="1" conaffinity="1" condim="1" margin="0.001" solref="0.02 1" solimp="0.8 0.8 0.01"/>
    <motor ctrllimited="true" ctrlrange="-1 1" gear="200"/>
  </default>
  <worldbody>
    <geom name="floor" type="plane" condim="3" size="20 20 0.125"/>
    <body name="torso" pos="0 0 1.25">
      )" +
         root("1.25") +
         R"(
      <geom name="torso" fromto="0 0 0.2 0 0 -0.2" size="0.05" friction="0.9"/>
      <body name="thigh" pos="0 0 -0.2">
        <joint name="thigh" axis="0 -1 0" range="-150 0"/>
        <geom name="thigh" fromto="0 0 0 0 0 -0.45" size="0.05" friction="0.9"/>
        <body name="leg" pos="0 0 -0.45">
          <joint name="leg" axis="0 -1 0" range="-150 0"/>
          <geom name="leg" fromto="0 0 0 0 0 -0.5" size="0.04" friction="0.9"/>
          <body name="foot" pos="0 0 -0.5">
            <joint name="foot" axis="0 -1 0" range="-45 45"/>
            <geom name="foot" fromto="-0.13 0 0 0.26 0 0" size="0.06" friction="2.0"/>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator><motor joint="thigh"/><motor joint="leg"/><motor joint="foot"/></actuator>
</mujoco>)";
}

std::string walker_leg(const char* side, const char* foot_friction) {
  return fmt::format(R"(
      <body name="thigh{0}" pos="0 0 -0.2">
        <joint name="thigh{0}" axis="0 -1 0" range="-150 0"/>
        <geom name="thigh{0}" fromto="0 0 0 0 0 -0.45" size="0.05" friction="0.9"/>
        <body name="leg{0}" pos="0 0 -0.45">
          <joint name="leg{0}" axis="0 -1 0" range="-150 0"/>
          <geom name="leg{0}" fromto="0 0 0 0 0 -0.5" size="0.04" friction="0.9"/>
          <body name="foot{0}" pos="0 0 -0.5">
            <joint name="foot{0}" axis="0 -1 0" range="-45 45"/>
            <geom name="foot{0}" fromto="0 0 0 0.2 0 0" size="0.06" friction="{1}"/>
          </body>
        </body>
      </body>)",
                     side, foot_friction);
}

std::string walker2d() {
  return R"(<mujoco model="walker2d">
  <compiler angle="degree" inertiafromgeom="true"/>
  <option timestep="0.002" integrator="RK4"/>
  <default>
    <joint armature="0.01" damping="0.1" limited="true"/>
    <geom type="capsule" contype="1" conaffinity="0" condim="3" friction="0.7 0.1 0.1"/>
    <motor ctrllimited="true" ctrlrange="-1 1" gear="100"/>
  </default>
  <worldbody>
    <geom name="floor" type="plane" conaffinity="1" size="20 20 0.125"/>
    <body name="torso" pos="0 0 1.25">
      )" +
         root("1.25") +
         R"(
      <geom name="torso" fromto="0 0 0.2 0 0 -0.2" size="0.05" friction="0.9"/>)" +
         walker_leg("", "0.9") + walker_leg("_left", "1.9") + R"(
    </body>
  </worldbody>
  <actuator>
    <motor joint="thigh"/><motor joint="leg"/><motor joint="foot"/>
    <motor joint="thigh_left"/><motor joint="leg_left"/><motor joint="foot_left"/>
  </actuator>
</mujoco>)";
}

struct CheetahPart {
  const char *name, *place, *centre;
  double half_length, turn;
  const char* range;
  double stiffness, damping, gear;
};

std::string half_cheetah() {
  const CheetahPart parts[]{{"bthigh", "-0.5 0 0", "0.1 0 -0.13", 0.145, -3.8, "-0.52 1.05", 240, 6, 120},
                            {"bshin", "0.16 0 -0.25", "-0.14 0 -0.07", 0.15, -2.03, "-0.785 0.785", 180, 4.5, 90},
                            {"bfoot", "-0.28 0 -0.14", "0.03 0 -0.097", 0.094, -0.27, "-0.4 0.785", 120, 3, 60},
                            {"fthigh", "0.5 0 0", "-0.07 0 -0.12", 0.133, 0.52, "-1 0.7", 180, 4.5, 120},
                            {"fshin", "-0.14 0 -0.24", "0.065 0 -0.09", 0.106, -0.6, "-1.2 0.87", 120, 3, 60},
                            {"ffoot", "0.13 0 -0.18", "0.045 0 -0.07", 0.07, -0.6, "-0.5 0.5", 60, 1.5, 30}};
  std::string legs, motors;
  for (int i = 0; i < 6; ++i) {
    const auto& part = parts[i];
    legs += fmt::format(
        R"(<body name="{0}" pos="{1}"><joint name="{0}" axis="0 1 0" range="{2}" stiffness="{3}" damping="{4}"/>
      <geom name="{0}" pos="{5}" axisangle="0 1 0 {6}" size="0.046 {7}"/>)",
        part.name, part.place, part.range, part.stiffness, part.damping, part.centre, part.turn, part.half_length);
    if (i % 3 == 2) legs += "</body></body></body>\n";
    motors += fmt::format(R"(<motor joint="{}" gear="{}"/>)", part.name, part.gear);
  }
  return R"(<mujoco model="half-cheetah">
  <compiler angle="radian" inertiafromgeom="true" settotalmass="14"/>
  <option timestep="0.01"/>
  <default>
    <joint armature="0.1" damping="0.01" stiffness="8" limited="true" solreflimit="0.02 1" solimplimit="0 0.8 0.03"/>
    <geom type="capsule" contype="1" conaffinity="0" condim="3" friction="0.4 0.1 0.1"
          solref="0.02 1" solimp="0 0.8 0.01"/>
    <motor ctrllimited="true" ctrlrange="-1 1"/>
  </default>
  <worldbody>
    <geom name="floor" type="plane" conaffinity="1" size="40 40 40"/>
    <body name="torso" pos="0 0 0.7">
      )" +
         root("0") +
         R"(
      <geom name="torso" fromto="-0.5 0 0 0.5 0 0" size="0.046"/>
      <geom name="head" pos="0.6 0 0.1" axisangle="0 1 0 0.87" size="0.046 0.15"/>
      )" +
         legs + "</body>\n  </worldbody>\n  <actuator>" + motors + "</actuator>\n</mujoco>";
}

std::string cart(const std::string& slider, const std::string& poles, const std::string& before) {
  return before + R"(<geom name="rail" type="capsule" quat="0.707 0 0.707 0" size="0.02 1"/>
    <body name="cart">
      <joint name="slider" type="slide" axis="1 0 0" limited="true" range="-1 1" )" +
         slider + R"(/>
      <geom name="cart" type="capsule" quat="0.707 0 0.707 0" size="0.1 0.1"/>
      )" +
         poles + "</body>\n  </worldbody>\n";
}

std::string inverted_pendulum() {
  return R"(<mujoco model="inverted-pendulum">
  <compiler angle="degree" inertiafromgeom="true"/>
  <option timestep="0.02" integrator="RK4"/>
  <default><joint damping="1"/><geom contype="0" friction="1 0.1 0.1"/></default>
  <worldbody>
    )" +
         cart("",
              R"(<body name="pole"><joint name="hinge" axis="0 1 0" limited="true" range="-90 90"/>
        <geom name="pole" type="capsule" fromto="0 0 0 0.001 0 0.6" size="0.049"/></body>
      )",
              "") +
         R"(  <actuator><motor joint="slider" ctrllimited="true" ctrlrange="-3 3" gear="100"/></actuator>
</mujoco>)";
}

std::string inverted_double_pendulum() {
  return R"(<mujoco model="inverted-double-pendulum">
  <compiler angle="degree" inertiafromgeom="true"/>
  <option timestep="0.01" integrator="RK4" gravity="1e-5 0 -9.81"/>
  <default><joint damping="0.05"/><geom contype="0" friction="1 0.1 0.1"/></default>
  <worldbody>
    )" +
         cart(R"(margin="0.01")",
              R"(<body name="pole"><joint name="hinge" axis="0 1 0"/>
        <geom name="pole" type="capsule" fromto="0 0 0 0 0 0.6" size="0.045"/>
        <body name="pole2" pos="0 0 0.6"><joint name="hinge2" axis="0 1 0"/>
          <geom name="pole2" type="capsule" fromto="0 0 0 0 0 0.6" size="0.045"/>
          <site name="tip" pos="0 0 0.6" size="0.01 0.01"/></body></body>
      )",
              R"(<geom name="floor" type="plane" pos="0 0 -3" size="40 40 40"/>
    )") +
         R"(  <actuator><motor joint="slider" ctrllimited="true" ctrlrange="-1 1" gear="500"/></actuator>
</mujoco>)";
}

// The particle's joints are zero at (1.2, 1.2) while cell (row, column) is centred at (row + 1, column + 1): positions
// equal cell indices, 0.2 off the centres. D4RL has it so, and its scores depend on it. Gravity is off, so the floor it
// also has would touch nothing that moves.
std::string point_maze(const Task& task) {
  std::string walls;
  const auto maze = maze_of(task);
  for (std::size_t row = 0; row < maze.rows.size(); ++row)
    for (std::size_t column = 0; column < maze.rows[row].size(); ++column)
      if (maze.rows[row][column] == '#')
        walls += fmt::format("    <geom name=\"wall{0}_{1}\" type=\"box\" pos=\"{2} {3} 0\" size=\"0.5 0.5 0.2\"/>\n",
                             row, column, row + 1, column + 1);
  return R"(<mujoco model="maze">
  <compiler inertiafromgeom="true"/>
  <option timestep="0.01" gravity="0 0 0" iterations="20"/>
  <default>
    <joint damping="1" limited="false"/>
    <geom friction="0.5 0.1 0.1" density="1000" margin="0.002" condim="1" contype="2" conaffinity="1"/>
    <motor ctrllimited="true" ctrlrange="-1 1" gear="100"/>
  </default>
  <worldbody>
    <body name="particle" pos="1.2 1.2 0">
      <geom name="particle" type="sphere" size="0.1" contype="1"/>
      <joint name="ball_x" type="slide" axis="1 0 0"/>
      <joint name="ball_y" type="slide" axis="0 1 0"/>
    </body>
)" + walls +
         R"(  </worldbody>
  <actuator><motor joint="ball_x"/><motor joint="ball_y"/></actuator>
</mujoco>)";
}

}  // namespace

Maze maze_of(const Task& task) {
  const bool medium = task.name.find("medium") != std::string::npos,
             large = task.name.find("large") != std::string::npos;
  Maze maze;
  maze.rows =
      split(large    ? "############ #OOOO#OOOOO# #O##O#O#O#O# #OOOOOO#OOO# #O####O###O# #OO#O#OOOOO# ##O#O#O#O### "
                       "#OO#OOO#OGO# ############"
            : medium ? "######## #OO##OO# #OO#OOO# ##OOO### #OO#OOO# #O#OO#O# #OOO#OG# ########"
                     : "##### #GOO# ###O# #OOO# #####",
            ' ');
  for (int row = 0; row < static_cast<int>(maze.rows.size()); ++row)
    for (int column = 0; column < static_cast<int>(maze.rows[static_cast<std::size_t>(row)].size()); ++column) {
      if (!maze.wall(row, column)) maze.free.emplace_back(row, column);
      if (maze.rows[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] == 'G') maze.goal = {row, column};
    }
  return maze;
}

std::string model_xml(const Task& task) {
  if (task.name == "hopper") return hopper();
  if (task.name == "walker2d") return walker2d();
  if (task.name == "half-cheetah") return half_cheetah();
  if (task.name == "inverted-pendulum") return inverted_pendulum();
  if (task.name == "inverted-double-pendulum") return inverted_double_pendulum();
  if (task.family == "maze") return point_maze(task);
  throw std::logic_error(task.name + " has no MuJoCo model");
}

}  // namespace offprint::control
