class DataDiffers(Exception): pass
