// What the values of the method's enumerations are called, on the command line and in tables.
#pragma once
#include "offprint/base/choices.hpp"
#include "offprint/papers/continual_privacy/continual_privacy.hpp"

namespace offprint::continual_privacy {

inline const Choices<MechanismKind> mechanisms{{{"auto", MechanismKind::automatic},
                                                {"tree", MechanismKind::tree},
                                                {"honaker", MechanismKind::honaker},
                                                {"square-root", MechanismKind::square_root},
                                                {"recompute", MechanismKind::recompute},
                                                {"parallel", MechanismKind::parallel},
                                                {"naive", MechanismKind::naive},
                                                {"batch", MechanismKind::batch},
                                                {"trivial", MechanismKind::trivial},
                                                {"non-private", MechanismKind::non_private}}};
inline const Choices<Statistic> statistics{
    {{"count", Statistic::count}, {"maxsum", Statistic::max_sum}, {"sumselect", Statistic::sum_select}}};
inline const Choices<Neighbours> neighbour_relations{
    {{"replacement", Neighbours::replacement}, {"add-remove", Neighbours::add_remove}}};

}  // namespace offprint::continual_privacy
