#include "offprint/paper/paper.hpp"

#include "offprint/papers/comp_sum_losses/verbs.hpp"

namespace offprint::comp_sum_losses {
namespace {

std::vector<Claim> claims() {
  return {
      {"C1",
       "For every tau, the excess of the comp-sum loss bounds the excess of the error through Gamma_tau.",
       "Section 4, Theorems on H-consistency bounds",
       "Random problems with up to 7 inputs and 2 to 7 classes, exact risks, tau of 0, 0.3, 0.7, 1, 1.2, 1.6, 2, 2.5; half are near-ties of two classes.",
       {{"violations", "problems where the error's excess is above the bound by more than 1e-10", "0", at_most(0),
         at_most(0), ""},
        {"nearest", "least slack among problems with an error excess of at least 0.01", "0", at_most(1e-3),
         at_most(1e-2), ""}},
       ""},
      {"C2",
       "The bound is tight for tau in [0, 1]: for each excess error some distribution and scores attain it.",
       "Section 4, tightness",
       "Least surrogate regret at an excess error b over distributions and scores, by quasi-Newton search, against T_tau(b).",
       {{"difference", "largest relative difference of the least regret and T", "0", at_most(1e-3), at_most(1e-2), ""},
        {"below", "largest relative amount by which a search falls below T", "0", at_most(1e-6), at_most(1e-4), ""}},
       ""},
      {"C3",
       "The best conditional risk of each loss has a closed form.",
       "Section 4 and appendix",
       "Random class probabilities, 2 to 6 classes, tau below 2; quasi-Newton search over scores.",
       {{"deviation", "largest difference of search and closed form", "0", at_most(1e-5), at_most(1e-3), ""}},
       ""},
      {"C4",
       "Cross-entropy, tau = 1, gives the best accuracy; tau of 0.5 and 1.5 lie a little below, the ends 0 and 2 below these.",
       "Section 7, table of CIFAR-10 with a ResNet-34 (87.37, 90.28, 92.59, 92.03, 90.35 % for tau = 0, 0.5, 1, 1.5, 2)",
       "Fashion-MNIST, small convolutional network, first 20000 training images, 6 epochs, Adam at 1e-3 for every tau; accuracy on 10000 test images.",
       {{"lead", "accuracy of tau = 1 above the best other tau", "0.56", at_least(0), at_least(-1), "points"},
        {"neighbours", "accuracy of tau = 1 above the worse of 0.5 and 1.5", "2.31", between(0, 2.5), between(-1, 10),
         "points"},
        {"ends", "worse of 0.5 and 1.5 above the better of 0 and 2", "-0.07", at_least(0), at_least(-1), "points"}},
       ""},
      {"C5",
       "With a hundred classes the mean absolute error, tau = 2, fails to train.",
       "Section 7, table of CIFAR-100 (8.99 % at tau = 2, 70.93 % at tau = 1)",
       "100 Gaussian classes in 32 dimensions, a network with one hidden layer; SGD with momentum at 0.1 and a cosine for both, as in the paper.",
       {{"ratio", "accuracy of tau = 2 over that of tau = 1", "0.127", at_most(0.5), at_most(0.9), ""},
        {"cross_entropy", "accuracy of tau = 1", "0.709", at_least(0.5), at_least(0.1), ""}},
       ""},
      {"C6",
       "The smooth adversarial comp-sum loss trains networks that are as robust as those of TRADES and more accurate on clean images.",
       "Section 7, tables of adversarial robustness (about 0.5 to 1 point each on CIFAR-10)",
       "Fashion-MNIST, radius 0.1, first 10000 training images; three nu of ADV-COMP-SUM (rho 1/8, tuned on other training images) against three beta of "
       "TRADES with equal steps; robust: PGD on the margin loss, first 1000 test images. Means over seeds.",
       {{"clean_gain",
         "clean accuracy above that of the most robust TRADES, at a robust accuracy at most 0.5 points lower (each point lacking there counts against it)",
         "0.5 to 1", at_least(0.5), at_least(0), "points"},
        {"masking",
         "largest accuracy under cross-entropy PGD above that under margin PGD: more than 3 would hint at masked gradients",
         "", at_most(3), at_most(6), "points"}},
       ""},
      {"C7",
       "The error under attack times Phi_tau(1) is at most the rho-margin loss, which is at most the smooth adversarial loss with nu = sqrt(n-1)/rho.",
       "Section 6",
       "Networks trained with and without attacks, on attacked test images, tau of 0, 0.5, 1, 1.5, 2 and rho of 0.5, 1, 2.",
       {{"error_above_margin", "images whose error is above the rho-margin loss", "0", at_most(0), at_most(0), ""},
        {"margin_above_smooth", "images whose rho-margin loss is above the smooth loss", "0", at_most(0), at_most(0),
         ""}},
       ""},
      {"C8",
       "The larger tau, the smaller the bound on the minimizability gap of a bounded hypothesis set with certain labels.",
       "Section 5",
       "Separable inputs of norm 1, linear scores of bounded weights trained for the sum-exponential loss, n of 2, 10, 100, Lambda of 0.5, 1, 2, tau from "
       "0 to 3.",
       {{"increases", "steps of tau at which the bound grows", "0", at_most(0), at_most(0), ""},
        {"negative", "values below 0", "0", at_most(0), at_most(0), ""}},
       ""}};
}

const Accepts images{{"gz", "idx3-ubyte", "npy", "csv", "tsv", "jsonl"}};

template <class Options>
VerbBuilder<Options>& add_data(VerbBuilder<Options>& builder) {
  return builder
      .option(
          &Options::data, "data",
          "data:fashion-mnist, data:digits, an IDX or NPY file of images, or a table of features with the column label",
          images)
      .option(&Options::labels, "labels", "Labels of an IDX or NPY file; default: the file named alike",
              Accepts{{"gz", "idx1-ubyte", "npy"}})
      .option(&Options::images, "images", "Take the first so many; 0: all", between(0, 1e7));
}

template <class Options>
VerbBuilder<Options>& add_training(VerbBuilder<Options>& builder) {
  return add_data(builder)
      .option(&Options::epochs, "epochs", "Passes over the training images", between(1, 10000))
      .option(&Options::batch, "batch", "Images a step", between(1, 100000))
      .option(&Options::learning_rate, "learning-rate", "Adam's step size", between(1e-8, 10))
      .option(&Options::warm_up, "warm-up", "Steps over which the learning rate grows from 0", Unit{"steps"},
              between(0, 1e6))
      .option(&Options::cosine, "cosine", "Lower the learning rate along half a cosine")
      .option(&Options::weight_decay, "weight-decay", "Times the weights, added to the gradient", between(0, 10))
      .option(&Options::clip, "clip", "Largest norm of a gradient; 0: no clipping", between(0, 1e6))
      .option(&Options::averaging, "averaging",
              "Decay of the average of weights that is kept, such as 0.9975; 0: the last weights", between(0, 0.999999))
      .option(&Options::filters, "filters", "Channels of the first convolution; the second has twice as many",
              between(1, 1024))
      .option(&Options::hidden, "hidden", "Width of the dense layer", between(1, 8192))
      .option(&Options::validation, "validation", "Share of the training images that is held out", between(0.001, 0.9))
      .option(&Options::keep_best, "keep-best", "Keep the epoch of highest validation accuracy instead of the last")
      .option(&Options::patience, "patience",
              "Stop after so many epochs without a better validation accuracy; 0: never", between(0, 10000));
}

std::vector<Verb> verbs() {
  std::vector<Verb> all;
  all.push_back(
      verb<BoundOptions>("bound", "What an excess of the loss guarantees about the error")
          .option(&BoundOptions::tau, "tau",
                  "Member of the family: 0 sum-exponential, 1 cross-entropy, 2 mean absolute error", between(0, 100))
          .option(&BoundOptions::classes, "n", "Number of classes", between(2, 1e9))
          .option(&BoundOptions::excess, "excess", "Surrogate risk above the best of the hypothesis set",
                  between(0, 1e300))
          .option(&BoundOptions::gap, "gap", "Minimizability gap of the surrogate; 0 if the set holds all functions",
                  between(0, 1e300))
          .option(&BoundOptions::best_error, "best-error", "Best error rate of the hypothesis set", between(0, 1))
          .example("bound --tau 1 --n 10 --excess 0.05 --json")
          .runs(bound_verb));
  all.push_back(
      verb<CertifyOptions>("certify", "Risks of any model's scores, and what they guarantee")
          .option(&CertifyOptions::scores, "scores", "Table of scores, one column a class and one row an example",
                  Positional{}, Required{}, Accepts{{"csv", "tsv", "jsonl", "npy"}})
          .option(&CertifyOptions::labels, "labels", "Table of labels from 0; default: the column label of the scores",
                  Accepts{{"csv", "tsv", "jsonl", "npy"}})
          .option(&CertifyOptions::probabilities, "probabilities",
                  "The table holds probabilities: take their logarithms as scores")
          .option(&CertifyOptions::tau, "tau", "Member of the family", between(0, 100))
          .option(&CertifyOptions::best_risk, "best-risk",
                  "Best surrogate risk of the hypothesis set; 0 is always valid", between(0, 1e300))
          .option(&CertifyOptions::gap, "gap", "Minimizability gap of the surrogate", between(0, 1e300))
          .option(&CertifyOptions::best_error, "best-error", "Best error rate of the hypothesis set", between(0, 1))
          .example("certify scores.csv --labels labels.csv --tau 1 --best-risk 0.2")
          .runs(certify_verb));
  auto train = verb<TrainOptions>("train", "Train a classifier with a comp-sum loss");
  all.push_back(add_training(train)
                    .option(&TrainOptions::tau, "tau", "Member of the family", between(0, 100))
                    .option(&TrainOptions::resume, "resume",
                            "Go on from the last epoch of a training of the same output that was killed")
                    .output(&TrainOptions::output, "model.safetensors", "Where to write the network")
                    .example("train --data data:fashion-mnist --tau 1 --epochs 2 -o m.safetensors")
                    .on_device()
                    .runs(train_verb));
  auto sweep = verb<SweepOptions>("sweep", "Accuracy against tau, over several seeds");
  all.push_back(add_training(sweep)
                    .option(&SweepOptions::taus, "tau", "Members of the family", between(0, 100))
                    .option(&SweepOptions::seeds, "seeds", "Trainings of each", between(1, 1000))
                    .example("sweep --tau 0,0.5,1,1.5,2 --seeds 3 --images 20000")
                    .on_device()
                    .runs(sweep_verb));
  auto advtrain = verb<AdvtrainOptions>("advtrain", "Train a classifier against adversarial perturbations");
  all.push_back(add_training(advtrain)
                    .option(&AdvtrainOptions::method, "method", "Training objective",
                            Choices<AdversarialMethod>{{{"advcs", AdversarialMethod::adv_comp_sum},
                                                        {"trades", AdversarialMethod::trades},
                                                        {"mart", AdversarialMethod::mart},
                                                        {"pgd", AdversarialMethod::pgd_at}}})
                    .option(&AdvtrainOptions::epsilon, "epsilon", "Radius of the L-infinity ball", between(0, 1))
                    .option(&AdvtrainOptions::steps, "steps", "Steps of the inner attack", between(1, 1000))
                    .option(&AdvtrainOptions::tau, "tau", "Member of the family, of advcs", between(0, 100))
                    .option(&AdvtrainOptions::nu, "nu", "Weight of the change of margins, of advcs", between(0, 1e6))
                    .option(&AdvtrainOptions::rho, "rho", "Margins are divided by it, of advcs", between(1e-6, 1e6))
                    .option(&AdvtrainOptions::beta, "beta", "Weight of the divergence; default: 6 of trades, 5 of mart",
                            between(0, 1e6))
                    .option(&AdvtrainOptions::resume, "resume",
                            "Go on from the last epoch of a training of the same output that was killed")
                    .output(&AdvtrainOptions::output, "robust.safetensors", "Where to write the network")
                    .example("advtrain --method advcs --images 10000 --nu 0.2 --rho 1 -o robust.safetensors")
                    .on_device()
                    .runs(advtrain_verb));
  auto attack = verb<AttackOptions>("attack", "Accuracy of a trained network under attacks");
  attack.option(&AttackOptions::model, "model", "Written by train or advtrain", Positional{}, Required{},
                Accepts{{"safetensors"}});
  all.push_back(
      add_data(attack)
          .option(&AttackOptions::attacks, "attacks",
                  "fgsm, pgd, pgd-margin (or cw), pgd-kl, apgd, apgd-margin, apgd-dlr; comma-separated")
          .option(&AttackOptions::epsilon, "epsilon", "Radius of the L-infinity ball; pixels are in 0..1",
                  between(0, 1))
          .option(&AttackOptions::steps, "steps", "Steps of PGD and APGD", between(1, 10000))
          .option(&AttackOptions::restarts, "restarts", "Random starts of PGD and APGD", between(1, 1000))
          .example("attack m.safetensors --data data:fashion-mnist --attacks fgsm,pgd,apgd --epsilon 0.1 --json")
          .on_device()
          .runs(attack_verb));
  all.push_back(reproduce_verb().example("reproduce --claims C1,C2").torch_when(reproduces_networks).runs(reproduce));
  return all;
}

}  // namespace

const Paper& paper() {
  static const Paper description{
      .slug = "comp_sum_losses",
      .title = "Cross-Entropy Loss Functions: Theoretical Analysis and Applications",
      .authors = {"Anqi Mao", "Mehryar Mohri", "Yutao Zhong"},
      .venue = "ICML 2023",
      .year = 2023,
      .arxiv = "2304.07288",
      .published = "2023-04-14",
      .wing = "robust learning",
      .summary =
          "Cross-entropy, generalised cross-entropy, mean absolute error and the sum-exponential loss are members $\\ell_\\tau$ of one family, functions of "
          "$u = \\sum_{y' \\ne y} e^{h(x,y') - h(x,y)}$. For each the paper bounds the excess of the error rate by the excess of the loss over the hypothesis "
          "set in use, $R_{01}(h) - R_{01}^* \\le \\Gamma_\\tau(R_\\tau(h) - R_\\tau^* + M_\\tau)$, shows where this is tight, and compares the members' gaps "
          "$M_\\tau$. "
          "A smooth adversarial loss with the same kind of guarantee then trains robust networks. Use it to certify a model's scores, to choose a loss, and to "
          "train and attack classifiers of your own images.",
      .links = {{"arXiv", "https://arxiv.org/abs/2304.07288"}},
      .bibtex =
          "@inproceedings{mao2023cross,\n  title = {Cross-Entropy Loss Functions: Theoretical Analysis and Applications},\n  author = {Mao, Anqi and Mohri, "
          "Mehryar "
          "and Zhong, Yutao},\n  booktitle = {International Conference on Machine Learning},\n  series = {PMLR},\n  volume = {202},\n  year = {2023}\n}",
      .claims = claims(),
      .verbs = verbs()};
  return description;
}

}  // namespace offprint::comp_sum_losses
