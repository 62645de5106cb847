-- A model is named by its digest: the same model has the same epoch, whichever agent read it.
ALTER TABLE "target_model" DROP CONSTRAINT "target_model_epoch_check";
ALTER TABLE "target_model" ALTER COLUMN "epoch" SET DATA TYPE TEXT;
ALTER TABLE "target_model" ADD CONSTRAINT "target_model_epoch_check" CHECK ("epoch" ~ '^[0-9a-f]{1,128}$');
