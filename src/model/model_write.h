/* Model folders out: a trained model in the layout, names and data types of the folder that it
 * started from, so that whatever loads the one loads the other. */
#ifndef MODEL_MODEL_WRITE_H
#define MODEL_MODEL_WRITE_H

#include "model/model_folder.h"

/* model_folder_write: f as model_folder_read gave it, prompts and length perhaps changed since; p
 * (encoder_parameters) and dense (dense_parameters, NULL where there are none; of a cross-encoder
 * its head's, cross_head_parameters) take the place of its weights. One model.safetensors, whatever
 * the weights were in; tensors that the encoder does not use, configuration and tokenizer are
 * copied; the model card is not. Files are replaced one by one, the weights last. ERR_IO,
 * ERR_FORMAT where the folder's weights changed their shapes. */
bool model_folder_write(const ModelFolder *f, const float *p, const float *dense, const char *to,
                        Err *err);

#endif
